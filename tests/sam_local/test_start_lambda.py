"""`sam local start-lambda`, asked by boto3 as docs/local.md shows it."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.waiting import until
from tests.sam_local.answers import CASES, differences
from tests.sam_local.conftest import event_path
from tests.sam_local.page import ASK, EVENT, FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sam_local.conftest import Stack

_PORT = 3001
_ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "DumpFunction": ("dump-schedule", {"outcome": "already done", "backup": "scims-db-20261122T020000Z"}),
    "AlertFunction": ("subscriptions", {"outcome": "completed", "confirmed": 1}),
}
"""One function with an image, and one with a zip."""


@pytest.fixture(scope="module")
def served(stack: Stack) -> Iterator[Stack]:
    """The stack, served, after the dump that is asked for again."""
    dump = next(case for case in CASES if case.event == "dump-schedule")
    stack.shell.invoke(dump.function, event_path(dump.event))
    with stack.shell.serving():
        until(_listens)
        yield stack


@pytest.mark.parametrize("time_of", ["cold", "warm"])
@pytest.mark.parametrize("function", _ASKED)
def test_a_served_function_answers_boto3(served: Stack, function: str, time_of: str, in_table: Any) -> None:
    event, expected = _ASKED[function]
    code = ASK.replace(FUNCTION, function).replace(EVENT, str(event_path(event)))
    begun = time.monotonic()
    answer = json.loads(served.shell.run(f".venv/bin/python - <<'END'\n{code}END"))
    in_table((f"{function} ({time_of})", event, json.dumps(answer), time.monotonic() - begun))
    assert differences(expected, answer) == []


def _listens() -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", _PORT)) == 0
