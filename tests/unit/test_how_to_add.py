"""docs/how-to-add.md says what the samples show: where each is, and no place is forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.pages import ROOT

PAGE = (ROOT / "docs" / "how-to-add.md").read_text()
PACKAGE = "layers/core/scims_backup/"

_ROW = re.compile(r"^\| `([^`]+)` \| .* \| `([^`]+)` \|$", re.MULTILINE)
_SAMPLE = re.compile(r"^Sample: `([^`]+)`\. `git grep -lE \"(.+)\" layers functions`$", re.MULTILINE)
_TEST = re.compile(r"^- `(tests/[^`:]+)::(\w+)`", re.MULTILINE)


@dataclass(frozen=True)
class Recipe:
    """One section.

    sample: the name of what stands for what is added.
    pattern: finds where the sample is used.
    rows: what the sample has in each file to touch.
    tests: file and name of each test that fails until the recipe is followed.
    """

    sample: str
    pattern: str
    rows: dict[str, str]
    tests: list[tuple[str, str]]


def _recipe(section: str) -> Recipe:
    sample, pattern = _SAMPLE.findall(section)[0]
    rows = {_path(path, sample): text for path, text in _ROW.findall(section)}
    return Recipe(sample, pattern, rows, _TEST.findall(section))


def _path(text: str, sample: str) -> str:
    return text.replace("…/", PACKAGE).replace("NAME", sample)


RECIPES = {
    title: _recipe(body)
    for title, _, body in (
        section.partition("\n") for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    )
}
ROWS = [(title, path) for title, recipe in RECIPES.items() for path in recipe.rows]
TESTS = [(file, name) for recipe in RECIPES.values() for file, name in recipe.tests]


def _text_of(path: Path) -> str:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return "\n".join(file.read_text() for file in files)


def test_there_is_a_recipe_for_each_thing_that_is_often_added():
    assert list(RECIPES) == [
        *("An engine", "A vault", "An alert", "A metric", "A command"),
        "A kind of object in PostgreSQL's proof",
    ]


@pytest.mark.parametrize(("title", "path"), ROWS)
def test_a_file_to_touch_exists_and_has_the_sample_in_it(title, path):
    assert RECIPES[title].rows[path] in _text_of(ROOT / path)


@pytest.mark.parametrize("title", RECIPES)
def test_every_file_that_has_the_sample_is_one_to_touch(title):
    recipe = RECIPES[title]
    files = [path for place in ("layers", "functions") for path in sorted((ROOT / place).rglob("*.py"))]
    used = [str(path.relative_to(ROOT)) for path in files if re.search(recipe.pattern, path.read_text())]
    folders = tuple(path for path in recipe.rows if path.endswith("/"))
    own = f"{PACKAGE}engines/{recipe.sample}/"  # an engine is one folder
    assert used
    assert [path for path in used if path not in recipe.rows and not path.startswith((*folders, own))] == []


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_test_that_fails_until_then_exists(file, name):
    assert re.search(rf"^(def|class) {name}\b", (ROOT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_names_tests_that_fail_until_it_is_followed(title):
    assert RECIPES[title].tests
