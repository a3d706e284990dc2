"""The nights and Sundays of a deployment: what should happen does, and nobody is woken for it."""

import json

from localcloud.deployment import SOURCE, TEMPLATE, Deployment
from tests.e2e.waiting import until


def test_a_night_leaves_a_backup_with_its_proof_and_the_one_before_goes(stack: Deployment):
    before = stack.fire("dump")
    stamp = stack.fire("dump")
    assert before not in stack.backups()
    assert stack.backups()[-1] == stamp
    assert stack.keys(f"proofs/{SOURCE}/{stamp}") == [f"proofs/{SOURCE}/{stamp}.json.zst"]
    assert stack.events("BackupCompleted")[-1]["backup"] == f"{SOURCE}-{stamp}"
    assert stack.events("BackupsPruned")[-1]["facts"]["removed"] == [f"{SOURCE}-{before}"]
    assert stack.new_mails() == []


def test_a_sunday_restores_the_newest_backup_in_a_task_and_proves_it(stack: Deployment):
    held = stack.keys("holds/")
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == ["passed"]
    report = stack.report(drill)
    assert (report["findings"], report["reason"]) == ([], "")
    assert report["compared"]["rows"] > 10_000
    assert list(report["seconds"]) == ["start", "restore", "prove"]
    assert not any(one["object"] == "role scims_app" for one in report["not_checked"])
    assert stack.events("DrillPassed")[-1]["facts"]["drill"] == drill
    assert stack.keys("holds/") == held
    assert stack.new_mails() == []


def test_a_drills_server_is_seen_while_it_runs_so_that_one_that_stays_would_be(stack: Deployment):
    stack.cloud.schedules.fire("scims-drill", at=stack.next_time())
    until(lambda: any(running.startswith("postgres") for running in stack.left_running()))
    stack.cloud.settle()
    assert stack.left_running() == []


def test_whatever_happens_is_put_on_the_event_bus_too(stack: Deployment):
    events, sqs = stack.cloud.client("events"), stack.cloud.client("sqs")
    queue = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="listen", EventPattern=json.dumps({"source": ["scims.backup"]}))
    events.put_targets(Rule="listen", Targets=[{"Id": "queue", "Arn": arn}])
    stamp = stack.fire("dump")
    heard = [
        json.loads(one["Body"])
        for one in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    events.remove_targets(Rule="listen", Ids=["queue"])
    events.delete_rule(Name="listen")
    assert ("BackupCompleted", f"{SOURCE}-{stamp}") in {
        (one["detail-type"], one["detail"]["backup"]) for one in heard
    }


def test_the_space_of_removed_backups_is_freed_by_its_own_schedule(stack: Deployment):
    before = stack.cloud.function_calls()["scims-prune"].ended
    stack.fire("reclaim")
    (call,) = stack.cloud.function_calls()["scims-prune"].ended[len(before) :]
    assert call.answer["outcome"] == "completed"
    assert call.answer["bytes_after"] <= call.answer["bytes_before"]


def test_the_status_page_is_renewed_after_a_backup(stack: Deployment):
    stamp = stack.fire("dump")
    assert stack.keys("page/") == ["page/index.html", f"page/sources/{SOURCE}.html"]
    s3, bucket = stack.cloud.client("s3"), stack.outputs["CatalogBucket"]
    page = s3.get_object(Bucket=bucket, Key=f"page/sources/{SOURCE}.html")["Body"].read().decode()
    assert f"{SOURCE}-{stamp}" in page


def test_metrics_tell_of_backups_drills_and_storage(stack: Deployment):
    stack.fire("drill", at=stack.next_time())
    found = stack.cloud.client("cloudwatch").list_metrics(Namespace="ScimsBackup")["Metrics"]
    names = {metric["MetricName"] for metric in found}
    assert names >= {"BackupsCompleted", "BackupSeconds", "BackupBytes", "BackupStoredBytes"}
    assert names >= {"DrillsPassed", "DrillSeconds", "StoredBytes", "BackupsRemoved"}
    backups = [
        {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        for metric in found
        if metric["MetricName"] == "BackupsCompleted"
    ]
    assert backups == [{"service": "dump"}]


def test_the_hourly_check_writes_the_gauges_and_the_alarms_follow_them(stack: Deployment):
    stack.fire("dump")
    stack.fire("drill")
    stack.tick(0)
    # within the hour the ages may be those of other tests; tests/template/test_alarm_states.py has them alone
    assert stack.alarms(hours=0.1)["no-backup"] == "OK"
    objectives = ("no-backup", "backup-age", "proof-age", "recovery-time")
    later = stack.alarms(hours=5)  # in which no check has run
    assert {name: later[name] for name in objectives} == dict.fromkeys(objectives, "ALARM")


def test_the_deployed_copy_differs_from_the_template_in_nothing_but_where_artefacts_lie(stack: Deployment):
    difference = stack.cloud.stacks.difference(TEMPLATE)
    changed = [
        line for line in difference.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    artefacts = (
        "ImageUri",
        "CodeUri",
        "ContentUri",
        "Docker",
        "BuildMethod",
        "BuildArch",
        "Metadata",
        "PG_MAJOR",
        "PostgresqlMajor",
        "BASE_DIGEST",
        "BaseImageDigest",
        "EXTENSIONS",
        "ExtensionPackages",
        "REDIS_SERVER",
        "RedisServer",
    )
    assert changed
    assert [line for line in changed if not any(name in line for name in artefacts)] == []
