"""Every settings key stands in the documentation as it is declared, and none that is not."""

import re
from dataclasses import fields

import pytest

from scims_backup.settings.flags import Flags
from tests.support.settings_reference import PAGE, declared, rendered, written

RUN = "run: python -m tests.support.settings_reference"
DECLARED = declared()
OPTIONS = {placed.key.flag: placed.key for placed in DECLARED if placed.key.option}
NOT_SETTINGS = {"SCIMS_DEBUG", "SCIMS_LOG", "SCIMS_VAULT_PASSWORD"}
"""How the command line writes; and a variable of an example, whose name is the reader's choice."""


def test_the_table_of_all_settings_is_that_of_the_declarations():
    assert written().splitlines() == rendered().splitlines(), RUN


def test_every_variable_of_the_page_is_declared():
    on_page = set(re.findall(r"\b(?:SCIMS|OTEL)_[A-Z_]+\b", PAGE.read_text()))
    assert on_page - NOT_SETTINGS == {placed.key.variable for placed in DECLARED} - {""}


def test_no_place_is_declared_twice():
    for places in (
        [placed.name for placed in DECLARED if placed.name],
        [placed.key.variable for placed in DECLARED if placed.key.variable],
        [placed.key.flag for placed in DECLARED if placed.key.option],
    ):
        assert sorted(places) == sorted(set(places))


def test_every_option_is_a_flag_and_every_flag_an_option():
    flags = {f"--{one.name.replace('_', '-')}" for one in fields(Flags)}
    assert set(OPTIONS) == flags - {"--selector"}


@pytest.mark.parametrize("flag", sorted(OPTIONS))
def test_the_table_of_options_names_the_variable_of_an_option(flag):
    row = next(line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{flag}"))
    assert f"`{OPTIONS[flag].variable}`" in row or not OPTIONS[flag].variable


@pytest.mark.parametrize("placed", DECLARED, ids=lambda placed: placed.name or placed.key.field)
def test_every_key_says_in_one_line_what_it_means(placed):
    assert placed.key.meaning.strip()
    assert "\n" not in placed.key.meaning
