"""The settings of our sessions: which servers know them, how they are handed over, where they are listed."""

from pathlib import Path

import pytest

from scims_backup.engines.postgresql.connect.session_settings import (
    DUMPING,
    READING,
    RESTORING,
    VALUES,
    as_options,
    is_known,
    may_set,
)

PAGE = Path(__file__).parents[2] / "docs/proof.md"


@pytest.mark.parametrize(
    ("name", "version", "known"),
    [
        ("restrict_nonsystem_relation_kind", 140012, False),
        ("restrict_nonsystem_relation_kind", 140013, True),
        ("restrict_nonsystem_relation_kind", 150007, False),
        ("restrict_nonsystem_relation_kind", 150018, True),
        ("restrict_nonsystem_relation_kind", 160003, False),
        ("restrict_nonsystem_relation_kind", 170000, True),
        ("restrict_nonsystem_relation_kind", 180006, True),
        ("transaction_timeout", 160015, False),
        ("transaction_timeout", 170000, True),
        ("lc_monetary", 140000, True),
    ],
)
def test_a_setting_is_known_from_its_release_on(name, version, known):
    assert is_known(name, version) is known


def test_values_are_escaped_as_libpq_wants_them():
    assert as_options({"a": "ISO, YMD", "b": "", "c": "x\\y"}) == r"-c a=ISO,\ YMD -c b= -c c=x\\y"


def test_only_a_superuser_is_given_what_others_may_not_set():
    given = may_set(DUMPING, 150000, superuser=False)
    assert "zero_damaged_pages" not in given
    assert may_set(DUMPING, 150000, superuser=True)["zero_damaged_pages"] == "off"


@pytest.mark.parametrize("session", [READING, DUMPING, RESTORING])
def test_whoever_writes_and_whoever_reads_has_the_same_values(session):
    assert {name: session[name] for name in VALUES} == VALUES
    assert session["role"].value == "none"


def test_the_page_lists_every_setting_of_values_with_its_reason():
    page = PAGE.read_text()
    for name, pin in VALUES.items():
        assert f"| `{name}` | {f'`{pin.value}`' if pin.value else 'empty'} | {pin.why} |" in page
