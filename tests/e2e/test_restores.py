"""Restores in AWS: the function asked by hand, and the task by the command that the stack's output gives."""

import json
import os
import shlex
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.deployment import SOURCE, Deployment
from localcloud.source import DATABASE
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Report, Verdict

ROOT = Path(__file__).parents[2]


def golden(name, **changes):
    return {**json.loads((ROOT / "events" / f"{name}.json").read_text()), **changes}


@pytest.fixture
def databases(stack: Deployment):
    """Ask for the names of all databases; those that a test has made are gone afterwards."""

    def names():
        with stack.cloud.source.connect("postgres") as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}

    before = names()
    yield names
    with stack.cloud.source.connect("postgres") as connection:
        for name in names() - before:
            connection.execute(f"DROP DATABASE {name} (FORCE)".encode())


def tables_since(stack):
    with stack.cloud.source.connect() as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'since'").fetchone()
        return found[0]


def night(stack):
    """Take a backup; what it says of what tests before have done to the source is read."""
    stamp = stack.fire("dump")
    stack.cloud.settle()
    stack.new_mails()
    return stamp


def test_a_backup_is_restored_beside_swapped_when_the_database_is_named_and_undone(stack, databases):
    stamp = night(stack)
    with stack.cloud.source.connect() as connection:
        connection.execute("CREATE TABLE since (id int)")
    before, held, told = databases(), stack.keys("holds/"), len(stack.events("RestoreCompleted"))

    surveyed = stack.call("restore", golden("restore-survey"))
    assert surveyed["outcome"] == "surveyed"
    assert [one for one in surveyed["survey"] if one["suffices"] is False] == []
    beside = stack.call("restore", golden("restore-newest"))
    assert (beside["outcome"], beside["backup"]) == ("restored", f"{SOURCE}-{stamp}")
    assert databases() - before == {beside["database"]} == {f"{DATABASE}_restored_{stamp.lower()}"}
    assert tables_since(stack) == 1

    unnamed = stack.call("restore", golden("restore-swap", backup="newest", confirm="scims-db"))
    assert (unnamed["outcome"], unnamed["error"]) == ("refused", "UsageError")
    assert stack.call("restore", {"action": "undo"})["outcome"] == "refused"
    assert databases() - before == {beside["database"]}
    assert stack.new_mails() == []

    swapped = stack.call("restore", golden("restore-swap", backup="newest"))
    assert (swapped["outcome"], swapped["database"], swapped["swapped"]) == ("restored", DATABASE, True)
    assert databases() - before == {swapped["aside"]}
    assert tables_since(stack) == 0

    undone = stack.call("restore", golden("restore-undo"))
    assert (undone["outcome"], undone["restored"]) == ("undone", swapped["aside"])
    assert tables_since(stack) == 1
    with stack.cloud.source.connect() as connection:
        connection.execute("DROP TABLE since")
    events = stack.events("RestoreCompleted")[told:]
    assert [event["facts"]["swapped"] for event in events] == [False, True, True]
    assert [mail.subject.partition(" ")[0] for mail in stack.new_mails()] == ["[WARNING]", "[WARNING]"]
    assert stack.keys("holds/") == held


def test_a_restore_that_fails_is_told_by_mail_and_is_the_outcome(stack, databases):
    before = databases()
    manager = stack.cloud.client("secretsmanager")
    whole = stack.cloud.source.administrator()
    manager.put_secret_value(SecretId=stack.cloud.restore_secret, SecretString=stack.cloud.source.secret())
    try:
        outcome = stack.call("restore", golden("restore-newest"))
    finally:
        manager.put_secret_value(SecretId=stack.cloud.restore_secret, SecretString=whole)
    assert (outcome["outcome"], outcome["error"]) == ("failed", "TargetError")
    assert databases() == before
    (mail,) = stack.new_mails()
    assert mail.subject.startswith(f"[ERROR] {SOURCE}: restore failed")


def test_the_task_restores_by_the_command_that_the_stack_gives(stack, databases):
    before = databases()
    command = stack.outputs["RestoreCommand"].replace("SECURITY-GROUP", stack.cloud.network.security_group)
    program, *arguments = shlex.split(command.replace('"--dry-run"', '"newest", "--into", "by_task"'))
    assert program == "aws"
    subprocess.run(
        [Path(sys.executable).parent / "aws", *arguments],
        env={"PATH": os.environ["PATH"], **stack.cloud.environment()},
        capture_output=True,
        check=True,
    )
    stack.cloud.settle()
    task = stack.cloud.fargate.tasks()[-1]
    lines = stack.task_log("restore")
    answer = json.loads("\n".join(lines[lines.index("{") :]))
    assert task["containers"][0]["exitCode"] == 0
    assert (answer["verdict"], answer["database"], answer["swapped"]) == ("passed", "by_task", False)
    assert databases() - before == {"by_task"}
    assert stack.cloud.function_calls()["scims-drill-orchestrate"].ended[-1].answer["outcome"] == "not ours"
    assert stack.new_mails() == []


@contextmanager
def drilled_in(stack, stamp, minutes):
    """Let a drill of a backup have taken so long for its restore and as long for its proof."""
    s3, bucket = stack.cloud.client("s3"), stack.outputs["CatalogBucket"]
    seconds = {"restore": minutes * 60.0, "prove": minutes * 60.0}
    data = Report(Verdict.PASSED, seconds=seconds).to_bytes()
    backup, drill = BackupId(SOURCE, stamp), "20260101T000000Z"
    places = keys.drill_report(backup, drill), keys.drill_verdict(backup, drill, Verdict.PASSED)
    for place in places:
        s3.put_object(Bucket=bucket, Key=place, Body=data)
    stack.cloud.settle()
    try:
        yield
    finally:
        for place in places:
            s3.delete_object(Bucket=bucket, Key=place)


def test_a_restore_that_is_too_long_is_a_tasks_once_and_the_same_request_says_how_it_ended(stack, databases):
    stamp = stack.backups()[-1] if stack.backups() else night(stack)
    before, tasks = databases(), len(stack.cloud.fargate.tasks())
    restore = golden("restore-newest", backup=f"{SOURCE}-{stamp}", into="by_function")
    with drilled_in(stack, stamp, minutes=20):
        asked = stack.call("restore", restore)
        told = stack.call("restore", restore)
        swap = stack.call("restore", {**restore, "swap": True, "confirm": DATABASE})
    assert (asked["outcome"], asked["predicted_seconds"]) == ("asked", 4800)
    assert (told["outcome"], told["database"], told["task"]) == ("restored", "by_function", asked["task"])
    assert databases() - before == {"by_function"}
    assert [task["taskArn"] for task in stack.cloud.fargate.tasks()[tasks:]] == [asked["task"]]
    assert (swap["outcome"], "RestoreCommand" in swap["message"]) == ("refused", True)
    assert stack.new_mails() == []


def test_no_password_appears_in_what_restores_logged(stack):
    function = stack.cloud.function_log("scims-restore")
    task = stack.task_log("restore")
    assert function
    assert task
    for secret in stack.secrets():
        assert not any(secret in line for line in [*function, *task])
