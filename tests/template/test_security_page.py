"""docs/security.md says of roles what is judged here, word by word, and names tests that there are."""

import re

import pytest

from tests.template.acts.everything import stacks_of
from tests.template.acts.forbidden import FORBIDDEN
from tests.template.acts.needed import NEEDED
from tests.template.acts.nobody import BY_BUCKET_POLICY, NOBODY
from tests.template.support.loading import ROOT, source, transformed

PAGE = (ROOT / "docs/security.md").read_text()
SECTION = PAGE.partition("\n## Roles\n")[2].partition("\n## ")[0]
ROWS = [
    (re.findall(r"`([\w.-]+)`", cells[0]), cells[1:])
    for line in SECTION.splitlines()
    if (cells := [cell.strip() for cell in line.split("|")[1:-1]]) and cells[0].startswith("`")
]
ROLES = [(names, cells) for names, cells in ROWS if len(cells) == 3]
OTHERS = [(names, cells) for names, cells in ROWS if len(cells) == 1]
OF_NOBODY = {act.what for act in (*NOBODY, *BY_BUCKET_POLICY)}
TESTS = {
    name
    for file in (ROOT / "tests").rglob("*.py")
    for name in re.findall(r"^def ((?:test|check)_\w+)", file.read_text(), re.MULTILINE)
}


def phrases(cell):
    return {phrase.strip() for phrase in cell.split(";") if phrase.strip()}


def test_each_role_of_any_stack_has_its_row():
    roles = {role for one in stacks_of(transformed(source())).values() for role in one.roles}
    assert {name for names, _ in ROLES for name in names} == roles


@pytest.mark.parametrize(("names", "cells"), ROLES, ids=[" ".join(names) for names, _ in ROLES])
def test_each_role_has_its_row_and_each_word_is_an_act_that_is_judged(names, cells):
    _, can, cannot = cells
    for name in names:
        assert phrases(can) <= {act.what for act in NEEDED if act.who == name}
        assert phrases(cannot) <= {act.what for act in FORBIDDEN if act.who == name} | OF_NOBODY
        assert phrases(cannot)


@pytest.mark.parametrize(("names", "cells"), OTHERS, ids=[" ".join(names) for names, _ in OTHERS])
def test_what_others_cannot_is_judged(names, cells):
    for name in names:
        assert phrases(cells[0]) <= {act.what for act in FORBIDDEN if act.who == name}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:test|check)_\w+)`", PAGE))))
def test_each_test_that_the_page_names_is_there(name):
    assert name in TESTS
