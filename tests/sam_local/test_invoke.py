"""`sam local invoke` of every function with every golden event, in the order of one night."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.waiting import until
from tests.sam_local.answers import CASES, Case, differences
from tests.sam_local.conftest import STACK, event_path
from tests.support.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sam_local.conftest import Stack

_REPORT = "drills/scims-db/20261122T020000Z/20261122T030000Z/report.json"
_ANSWERS = "localcloud-artefacts"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.function}-{case.event}")
def test_a_function_answers_a_golden_event_as_expected(
    stack: Stack, case: Case, tmp_path: Path, in_table: Any
) -> None:
    if case.event == "report-created":  # the task runs meanwhile
        until(lambda: stack.has(_REPORT))
    event = _event(stack, case.event, tmp_path)
    begun = time.monotonic()
    answer = stack.shell.invoke(case.function, event)
    in_table((case.function, case.event, json.dumps(answer), time.monotonic() - begun))
    assert differences(case.answer, answer) == []
    if "Status" in case.answer:
        told = stack.client("s3").get_object(Bucket=_ANSWERS, Key=case.event)["Body"].read()
        assert differences(case.answer, json.loads(told)) == []


def _event(stack: Stack, name: str, folder: Path) -> Path:
    """A golden event; CloudFormation's with names of this stack, and an address that is here."""
    path = event_path(name)
    event = json.loads((ROOT / path).read_text())
    if "ResponseURL" not in event:
        return path
    event["ResponseURL"] = f"{stack.shell.variables['AWS_ENDPOINT_URL']}/{_ANSWERS}/{name}"
    here = {"Bucket": stack.vault, "PasswordArn": stack.password, "FunctionVersion": _dump_version(stack)}
    properties = event["ResourceProperties"]
    properties.update({key: value for key, value in here.items() if key in properties})
    made = folder / path.name
    made.write_text(json.dumps(event))
    return made


def _dump_version(stack: Stack) -> str:
    versions = stack.client("lambda").list_versions_by_function(FunctionName=f"{STACK}-dump")["Versions"]
    return str(versions[-1]["FunctionArn"])
