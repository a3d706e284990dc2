"""Tasks on ECS as moto plays it: what a task is told, how it is found again, and what becomes of it."""

import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from scims_backup.adapters.tasks.ecs import EcsTasks, TaskPlace
from scims_backup.adapters.tasks.ecs_task import whose
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.errors import TaskRefusedError
from scims_backup.ports import TaskOrder

BACKUP = BackupId("scims-db", "20261122T020000Z")
EXPIRES = datetime(2026, 11, 22, 9, tzinfo=UTC)
ORDER = TaskOrder(BACKUP, "20261122T030000Z", 1, EXPIRES)
CLUSTER, FAMILY, LOGS = "scims-drills", "scims-drill", "/scims-backup/scims/drill"


@pytest.fixture(autouse=True)
def _aws(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def ecs():
    client = boto3.client("ecs")
    client.create_cluster(clusterName=CLUSTER)
    client.register_task_definition(
        family=FAMILY,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="1024",
        memory="2048",
        containerDefinitions=[{"name": "drill", "image": "scims-backup", "memory": 2048}],
    )
    return client


def tasks_of(client, cluster=CLUSTER):
    ec2 = boto3.client("ec2")
    network = ec2.describe_subnets()["Subnets"][0]
    group = ec2.create_security_group(
        GroupName=f"drill-{datetime.now(UTC).timestamp()}", Description="drill", VpcId=network["VpcId"]
    )
    place = TaskPlace(
        cluster, FAMILY, "drill", [network["SubnetId"]], [group["GroupId"]], "DISABLED", LOGS, "drill"
    )
    return EcsTasks(place, client, lambda: boto3.client("logs"))


@pytest.fixture
def tasks(ecs):
    return tasks_of(ecs)


def described(ecs, task):
    return ecs.describe_tasks(cluster=CLUSTER, tasks=[task], include=["TAGS"])["tasks"][0]


def test_a_task_is_told_what_to_drill_and_is_known_by_that_again(ecs, tasks):
    task = described(ecs, tasks.start(ORDER))
    assert whose(task) == (BACKUP, "20261122T030000Z", 1)
    assert task["launchType"] == "FARGATE"
    assert {tag["key"]: tag["value"] for tag in task["tags"]} == {
        "scims:drill": "scims-db-20261122T020000Z/20261122T030000Z",
        "scims:expires": "2026-11-22T09:00:00+00:00",
    }


def test_a_task_is_found_by_its_order_and_not_by_another_attempts(tasks):
    task = tasks.start(ORDER)
    assert tasks.find(ORDER) == task
    assert tasks.find(TaskOrder(BACKUP, "20261122T030000Z", 2, EXPIRES)) is None


def test_a_task_runs_until_it_stops_and_then_says_why(tasks):
    task = tasks.start(ORDER)
    assert tasks.look(task, 1) == Running()
    tasks.stop(task, "its drill was abandoned")
    seen = tasks.look(task, 1)
    assert isinstance(seen, Stopped)
    assert "its drill was abandoned" in seen.why
    assert tasks.find(ORDER) == task


def test_a_task_that_ecs_does_not_know_is_gone(tasks):
    assert tasks.look(f"{tasks.start(ORDER)[:-4]}0000", 1) == Gone()


def test_only_a_drills_task_that_has_expired_is_told_to_have(ecs, tasks):
    task = tasks.start(ORDER)
    ecs.run_task(
        cluster=CLUSTER,
        taskDefinition=FAMILY,
        launchType="FARGATE",
        networkConfiguration=tasks._place.network(),
    )
    assert tasks.expired(EXPIRES - timedelta(seconds=1)) == []
    assert tasks.expired(EXPIRES) == [task]


def test_a_cluster_that_is_not_there_refuses_for_good(ecs):
    with pytest.raises(TaskRefusedError, match="a task cannot be started"):
        tasks_of(ecs, "no-such-cluster").start(ORDER)


def test_the_last_lines_of_a_task_are_the_messages_of_its_log(tasks):
    task = tasks.start(ORDER)
    logs, stream = boto3.client("logs"), f"drill/drill/{task.rpartition('/')[2]}"
    logs.create_log_group(logGroupName=LOGS)
    logs.create_log_stream(logGroupName=LOGS, logStreamName=stream)
    now = int(time.time() * 1000)
    written = ['{"message": "restore: 3 s"}', "plain words ", *(f'{{"message": "{n}"}}' for n in range(4))]
    logs.put_log_events(
        logGroupName=LOGS,
        logStreamName=stream,
        logEvents=[{"timestamp": now + n, "message": line} for n, line in enumerate(written)],
    )
    assert tasks.last_lines(task) == ["plain words", "0", "1", "2", "3"]


def test_a_log_that_is_not_there_is_told_instead_of_lines(tasks):
    (line,) = tasks.last_lines(tasks.start(ORDER))
    assert "its log cannot be read" in line
