"""What can go wrong: it ends in the right verdict and in exactly one mail, and nothing is left running."""

import json
import os
import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from localcloud.deployment import SOURCE, Deployment
from localcloud.processes import running_function, running_program
from tests.e2e.waiting import until


def only_mail(stack):
    (mail,) = stack.new_mails()
    return mail


# --- the dump ----------------------------------------------------------------------------------------


def test_a_dump_that_fails_is_told_by_name_with_what_to_do(stack: Deployment):
    before = stack.backups()
    fail_dump(stack)
    assert stack.backups() == before
    mail = only_mail(stack)
    assert mail.subject.startswith(f"[ERROR] {SOURCE}: backup failed")
    assert len(mail.subject) < 100
    assert "pg_read_all_data" in mail.message or "may not read" in mail.message


def fail_dump(stack):
    """Let a dump fail."""
    with stack.cloud.source.connect() as connection:
        connection.execute("REVOKE pg_read_all_data FROM scims_backup")
        try:
            stack.fire("dump")
        finally:
            connection.execute("GRANT pg_read_all_data TO scims_backup")


def test_a_dump_that_crashes_is_told_past_the_alert_function(stack: Deployment):
    before, calls = stack.backups(), len(stack.cloud.function_calls()["scims-dump"].errors)
    with waiting_dump(stack):
        for process in running_function("functions.dump.handler.handler"):
            os.kill(process, signal.SIGKILL)
        stack.cloud.settle()
    assert stack.backups() == before
    assert len(stack.cloud.function_calls()["scims-dump"].errors) == calls + 1, "a dump is not tried again"
    mail = only_mail(stack)
    assert "function:scims-dump" in mail.message
    assert stack.fire("dump") in stack.backups()
    assert stack.new_mails() == []


@contextmanager
def waiting_dump(stack):
    """A dump that is under way, and waits for a lock."""
    with stack.cloud.source.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE item_stocks IN ACCESS EXCLUSIVE MODE")
        stack.cloud.schedules.fire("scims-dump", at=stack.next_time())
        waits = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'item_stocks'::regclass"
        until(lambda: connection.execute(waits).fetchone() == (True,))
        yield


# --- the drill ---------------------------------------------------------------------------------------


def test_a_row_that_a_backup_lost_is_found_by_name(stack: Deployment):
    poorer = stack.plant_loss()
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == ["failed"]
    mail = only_mail(stack)
    assert mail.subject.startswith(f"[CRITICAL] {SOURCE}: drill failed: table public.item_stocks")
    assert f"{SOURCE}-{poorer}" in mail.message
    stack.fire("dump")


def test_a_task_that_is_refused_is_started_by_a_later_look(stack: Deployment):
    stack.cloud.fargate.next_task(refused=True)
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == []
    stack.tick(1)
    assert stack.verdicts(drill) == ["passed"]
    assert stack.new_mails() == []


def test_a_task_that_is_always_refused_is_inconclusive_at_last(stack: Deployment):
    for _ in range(5):
        stack.cloud.fargate.next_task(refused=True)
    drill = stack.fire("drill")
    for hours in range(1, 6):
        stack.tick(hours)
    assert stack.verdicts(drill) == ["inconclusive"]
    assert "Capacity is unavailable" in only_mail(stack).message


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"killed": "restore"}, "exit code 137"),
        ({"out_of_memory": "restore"}, "OutOfMemoryError"),
        ({"silent": True}, "without a report"),
    ],
    ids=["killed", "out of memory", "without a report"],
)
def test_a_task_that_ends_without_a_report_is_inconclusive_and_says_why(stack: Deployment, fault, why):
    stack.cloud.fargate.next_task(**fault)
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == ["inconclusive"]
    assert why in stack.report(drill)["reason"]
    mail = only_mail(stack)
    assert mail.subject.startswith(f"[WARNING] {SOURCE}: drill inconclusive")
    assert why in mail.message


def test_a_task_whose_image_is_not_there_is_tried_again(stack: Deployment):
    stack.cloud.fargate.next_task(unstartable="CannotPullContainerError: manifest unknown")
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == []
    stack.tick(1)
    assert stack.verdicts(drill) == ["passed"]
    assert stack.new_mails() == []


def test_a_task_that_never_ends_is_stopped_at_its_deadline(stack: Deployment):
    moment = stack.next_time()
    stack.cloud.schedules.fire("scims-drill", at=moment)
    until(lambda: bool(running_program("restic", "dump")))
    for process in running_program("restic", "dump"):
        os.kill(process, signal.SIGSTOP)
    stack.cloud.schedules.fire("scims-tick", at=datetime.now(UTC) + timedelta(hours=7))
    stack.cloud.settle()
    assert stack.verdicts(f"{moment:%Y%m%dT%H%M%SZ}") == ["inconclusive"]
    assert "no report by" in only_mail(stack).message


# --- deliveries --------------------------------------------------------------------------------------


def test_a_schedule_that_is_delivered_twice_makes_one_backup_and_one_drill(stack: Deployment):
    stamp = stack.fire("dump", times=2)
    assert stack.backups()[-1] == stamp
    assert [event["backup"] for event in stack.events("BackupCompleted")].count(f"{SOURCE}-{stamp}") == 1
    tasks = len(stack.cloud.fargate.tasks())
    drill = stack.fire("drill", times=2)
    assert stack.verdicts(drill) == ["passed"]
    assert len(stack.cloud.fargate.tasks()) == tasks + 1
    assert len([event for event in stack.events("DrillPassed") if event["facts"]["drill"] == drill]) == 1
    assert stack.new_mails() == []


def test_news_that_come_twice_and_in_the_wrong_order_end_in_one_verdict_and_one_mail(stack: Deployment):
    stack.cloud.fargate.next_task(killed="restore", deliveries=2, held=True)
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == []
    stack.tick(1)
    assert stack.verdicts(drill) == ["inconclusive"]
    stack.cloud.fargate.deliver_held()
    stack.cloud.settle()
    replay_objects(stack, f"drills/{SOURCE}/", "report.json")
    replay_objects(stack, "events/", f"{stack.events('DrillInconclusive')[-1]['id']}.json")
    assert stack.verdicts(drill) == ["inconclusive"]
    assert "drill inconclusive" in only_mail(stack).subject


def replay_objects(stack, prefix, ending):
    """Let S3 tell once more of objects."""
    for key in stack.keys(prefix):
        if key.endswith(ending):
            detail = {"bucket": {"name": stack.outputs["CatalogBucket"]}, "object": {"key": key}}
            entry = {"Source": "aws.s3", "DetailType": "Object Created", "Detail": json.dumps(detail)}
            stack.cloud.client("events").put_events(Entries=[entry])
    stack.cloud.settle()


# --- the alert ---------------------------------------------------------------------------------------


def test_an_alert_function_that_crashes_is_told_past_it(stack: Deployment):
    functions = stack.cloud.client("lambda")
    variables = functions.get_function_configuration(FunctionName="scims-alert")["Environment"]["Variables"]
    broken = {name: value for name, value in variables.items() if name != "SCIMS_TOPIC"}
    with changed_environment(functions, "scims-alert", broken, variables):
        fail_dump(stack)
    mail = only_mail(stack)
    assert "function:scims-alert" in mail.message
    assert "SCIMS_TOPIC" in mail.message


@contextmanager
def changed_environment(functions, name, changed, before):
    for variables in (changed, before):
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        if variables is changed:
            yield


def test_an_event_of_which_nobody_was_told_is_made_up_for_by_the_hourly_look(stack: Deployment):
    event = stack.events("BackupFailed")[-1]
    moment = datetime.now(UTC) - timedelta(hours=1)
    document = {**event, "id": "lost", "time": moment.isoformat()}
    s3, bucket = stack.cloud.client("s3"), stack.outputs["CatalogBucket"]
    key = f"events/{moment:%Y/%m/%d}/{moment:%Y%m%dT%H%M%SZ}-BackupFailed-lost.json"
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(document).encode())
    stack.cloud.settle()
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert stack.new_mails() == []
    stack.fire("subscriptions")
    assert f"{SOURCE}: backup failed" in only_mail(stack).subject
    stack.fire("subscriptions")
    assert stack.new_mails() == []


# --- time --------------------------------------------------------------------------------------------


def test_a_backup_that_does_not_come_is_told_once(stack: Deployment):
    stack.tick(28)
    assert f"{SOURCE}: backup overdue" in only_mail(stack).subject
    stack.tick(29)
    assert stack.new_mails() == []


def test_a_proof_that_does_not_come_is_told_once(stack: Deployment):
    stack.fire("dump")
    stack.fire("drill")
    stack.new_mails()
    stack.tick(24 * 9)
    assert any(f"{SOURCE}: drill overdue" in mail.subject for mail in stack.new_mails())
    stack.tick(24 * 9 + 1)
    assert stack.new_mails() == []


def test_passwords_appear_in_no_log_no_mail_and_no_document(stack: Deployment):
    secrets = stack.secrets()
    logs = [
        stack.cloud.function_log(f"scims-{name}") for name in ("dump", "prune", "drill-orchestrate", "alert")
    ]
    texts = ["\n".join(lines) for lines in [*logs, stack.task_log("drill")]]
    texts += [json.dumps(stack.document(key)) for key in stack.keys("") if key.endswith(".json")]
    texts += [mail.message for mail in stack.cloud.mails(stack.outputs["TopicArn"])]
    assert len(secrets) == 6
    for secret in secrets:
        assert not any(secret in text for text in texts)
