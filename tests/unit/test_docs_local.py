"""docs/local.md and `make sam-local`: the one runs what the other shows, with every function and event."""

import ast

import pytest

from tests.sam_local import page
from tests.sam_local.answers import CASES, differences
from tests.support.pages import ROOT, blocks
from tests.template.support.loading import source

SHOWN = [*blocks(page.PAGE, "sh", "python")]
NAMES = {name for name, value in vars(page).items() if value in SHOWN}
EVENTS = {path.stem for path in (ROOT / "events").glob("*.json") if not path.stem.endswith(".document")}
FUNCTIONS = {
    name for name, one in source()["Resources"].items() if one["Type"] == "AWS::Serverless::Function"
}


def _used():
    trees = [ast.parse(path.read_text()) for path in (ROOT / "tests/sam_local").glob("*.py")]
    return {node.id for tree in trees for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}  # fmt: skip


def test_every_block_of_the_page_is_run():
    assert len(NAMES) == len(SHOWN) == len(blocks(page.PAGE, "sh", "python", "bash", "console", ""))
    assert _used() >= NAMES


@pytest.mark.parametrize("name", ["FUNCTION", "EVENT"])
def test_what_is_put_into_other_commands_stands_in_the_page_s(name):
    assert getattr(page, name) in page.INVOKE
    assert getattr(page, name) in page.ASK


def test_every_golden_event_is_in_the_table():
    assert {case.event for case in CASES} == EVENTS


def test_every_function_is_in_the_table():
    assert {case.function for case in CASES} == FUNCTIONS


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"outcome": "refused", "message": "there is none: look elsewhere"}, []),
        (
            {"outcome": "refused", "message": "there is one"},
            ["message is 'there is one', not 'there is none…'"],
        ),
        ({"outcome": "refused"}, ["message is None, not 'there is none…'"]),
        ({"errorMessage": "x"}, ["outcome is None, not 'refused'", "message is None, not 'there is none…'"]),
        ("Internal Server Error", ["the answer is 'Internal Server Error'"]),
    ],
)
def test_an_answer_that_is_not_as_expected_is_seen(answer, said):
    assert differences({"outcome": "refused", "message": "there is none…"}, answer) == said
