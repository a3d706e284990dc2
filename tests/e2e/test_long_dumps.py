"""Dumps that do not fit into a function: a task takes them, once; what no task takes is tried, or told."""

import json
import os
import signal
from contextlib import contextmanager

from localcloud.deployment import SOURCE, Deployment
from localcloud.processes import running_function
from tests.e2e.test_faults import only_mail, waiting_dump
from tests.e2e.waiting import until

NO_IMAGE = "CannotPullContainerError: pull image manifest has been retried 5 time(s): dial tcp: i/o timeout"


@contextmanager
def predicted(stack, minutes):
    """Let the newest backup have taken so long, in a function."""
    s3, bucket = stack.cloud.client("s3"), stack.outputs["CatalogBucket"]
    key = f"manifests/{SOURCE}/{stack.backups()[-1]}.json"
    before = stack.document(key)
    pace = {**before["pace"], "seconds": minutes * 60.0, "where": "function"}

    def put(document):
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(document).encode())
        stack.cloud.settle()

    put({**before, "pace": pace})
    try:
        yield
    finally:
        if key.rpartition("/")[2].removesuffix(".json") in stack.backups():
            put(before)


def let_its_time_be_up():
    """Let the alarm ring that the function has set for the end of its time."""
    for process in running_function("functions.dump.handler.handler"):
        os.kill(process, signal.SIGALRM)


def tasks_of(stack, stamp):
    """The tasks that took a backup."""
    tags = [{one["key"]: one["value"] for one in task["tags"]} for task in stack.cloud.fargate.tasks()]
    return [one for one in tags if one.get("scims:drill") == f"{SOURCE}-{stamp}/dump"]


def where_taken(stack, stamp):
    """Where a backup was taken, which is there once, with one proof."""
    assert stack.backups().count(stamp) == 1
    assert len(stack.keys(f"proofs/{SOURCE}/{stamp}")) == 1
    assert [one["backup"] for one in stack.events("BackupCompleted")].count(f"{SOURCE}-{stamp}") == 1
    assert len([key for key in stack.keys(f"runs/{SOURCE}/{stamp}/") if "/stored-" in key]) == 1
    return stack.document(f"manifests/{SOURCE}/{stamp}.json")["pace"]["where"]


def test_a_dump_that_is_predicted_to_take_three_minutes_stays_in_the_function(stack: Deployment):
    with predicted(stack, 3):
        stamp = stack.fire("dump")
    assert (where_taken(stack, stamp), tasks_of(stack, stamp)) == ("function", [])


def test_a_dump_that_is_predicted_to_take_twenty_minutes_is_taken_by_a_task_once(stack: Deployment):
    with predicted(stack, 20):
        at = stack.next_time()
        stamp = stack.fire("dump", at, times=2)
    assert (where_taken(stack, stamp), len(tasks_of(stack, stamp))) == ("task", 1)
    handed = [one for one in stack.events("BackupHandedOver") if one["backup"] == f"{SOURCE}-{stamp}"]
    assert [one["facts"]["why"] for one in handed] == ["predicted"]
    assert stack.new_mails() == []


def test_a_dump_that_meets_the_functions_end_is_handed_over_at_once(stack: Deployment):
    """It waits for a lock until its time is up; then the task has what it waited for."""
    handed = len(stack.events("BackupHandedOver"))
    with waiting_dump(stack):
        let_its_time_be_up()
        until(lambda: len(stack.events("BackupHandedOver")) > handed)
    stack.cloud.settle()
    event = stack.events("BackupHandedOver")[-1]
    stamp = event["backup"].removeprefix(f"{SOURCE}-")
    assert event["facts"]["why"] == "deadline"
    assert (where_taken(stack, stamp), len(tasks_of(stack, stamp))) == ("task", 1)
    assert [key for key in stack.keys(f"runs/{SOURCE}/{stamp}/") if "/failed-" in key] == []
    assert stack.new_mails() == []


def test_what_no_task_can_take_is_left_to_the_function_if_it_may_fit(stack: Deployment):
    stack.cloud.fargate.next_task(unstartable=NO_IMAGE)
    with predicted(stack, 12):
        stamp = stack.fire("dump")
    assert where_taken(stack, stamp) == "function"
    assert stack.new_mails() == []


def test_what_no_task_can_take_and_no_function_is_one_mail_and_tried_again(stack: Deployment):
    stack.cloud.fargate.next_task(refused=True)
    with predicted(stack, 20):
        stamp = stack.fire("dump")
        assert stamp not in stack.backups()
        mail = only_mail(stack)
        assert mail.subject.startswith(f"[ERROR] {SOURCE}: backup failed")
        assert "no task could be started yet" in mail.message
        stack.tick(hours=1)
    assert where_taken(stack, stamp) == "task"
    assert stack.new_mails() == []
