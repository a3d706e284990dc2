"""How the local cloud words what AWS would say, and reads what its parts say."""

import json
from datetime import UTC, datetime

import boto3
import pytest

from localcloud.calls import read_calls
from localcloud.fargate.faults import Fault
from localcloud.fargate.state_change import state_change
from localcloud.plugins.api_parameters import parameters_for

TASK = {
    "taskArn": "arn:aws:ecs:us-east-1:000000000000:task/drills/1",
    "lastStatus": "STOPPED",
    "stoppedAt": datetime(2026, 11, 22, 3, 4, 5, 678901, UTC),
    "attachments": [{"id": "1", "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": []}],
    "tags": [{"key": "scims:drill", "value": "1"}],
    "containers": [{"name": "drill", "exitCode": 0}],
}


def test_a_state_change_is_the_task_without_its_tags():
    entry = state_change(TASK)
    assert (entry["Source"], entry["DetailType"]) == ("aws.ecs", "ECS Task State Change")
    assert entry["Resources"] == [TASK["taskArn"]]
    detail = json.loads(entry["Detail"])
    assert "tags" not in detail
    assert detail["containers"] == TASK["containers"]
    assert detail["stoppedAt"] == "2026-11-22T03:04:05.678Z"
    assert detail["attachments"] == [{"id": "1", "type": "eni", "status": "DELETED", "details": []}]


def test_the_network_interface_of_a_running_task_is_not_gone():
    entry = state_change({**TASK, "lastStatus": "RUNNING"})
    assert json.loads(entry["Detail"])["attachments"][0]["status"] == "ATTACHED"


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault(), None),
        (Fault(killed=True), ""),
        (Fault(killed="restore:"), "restore:"),
        (Fault(out_of_memory=True), ""),
        (Fault(out_of_memory="prove:"), "prove:"),
    ],
)
def test_the_line_after_which_a_task_dies(fault, line):
    assert fault.last_line == line


def test_properties_become_parameters_as_the_api_names_and_types_them(offline_client):  # noqa: ARG001
    client = boto3.client("ecs", region_name="us-east-1")
    found = parameters_for(
        client,
        "RegisterTaskDefinition",
        {
            "Family": "drill",
            "Memory": 1024,
            "ContainerDefinitions": [
                {
                    "Name": "drill",
                    "StopTimeout": "120",
                    "ReadonlyRootFilesystem": "true",
                    "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-Group": "g"}},
                    "Unknown": 1,
                }
            ],
            "Tags": [],
        },
        drop={"Tags"},
    )
    assert found == {
        "family": "drill",
        "memory": "1024",
        "containerDefinitions": [
            {
                "name": "drill",
                "stopTimeout": 120,
                "readonlyRootFilesystem": True,
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-Group": "g"}},
                "unknown": 1,
            }
        ],
    }


def test_the_journal_of_calls_is_read_by_function(tmp_path):
    journal = tmp_path / "calls.jsonl"
    began = {"function": "dump", "request": "1", "what": "began"}
    ended = {
        "function": "dump",
        "request": "1",
        "what": "ended",
        "error": None,
        "answer": '{"outcome": "completed"}',
    }
    failed = {
        "function": "alert",
        "request": "2",
        "what": "ended",
        "error": "ValueError",
        "answer": "no JSON",
    }
    journal.write_text("".join(json.dumps(line) + "\n" for line in (began, ended, failed)))
    calls = read_calls(journal)
    assert calls["dump"].began == 1
    assert [call.answer for call in calls["dump"].ended] == [{"outcome": "completed"}]
    assert (calls["dump"].errors, calls["alert"].errors) == ([], ["ValueError"])
    assert calls["never"].began == 0


def test_there_are_no_calls_before_there_is_a_journal(tmp_path):
    assert read_calls(tmp_path / "none") == {}
