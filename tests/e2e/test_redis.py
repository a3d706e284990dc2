"""SCIMS as a whole: its database and its Redis in one stack, which nights and Sundays keep apart."""

import os
import signal

import pytest

from localcloud.deployment import REDIS, SOURCE, Deployment
from localcloud.planted_archive import plant_lost_key
from localcloud.processes import running_function, running_program
from tests.e2e.waiting import until

BOTH = {"": SOURCE, "redis-": REDIS}
"""What the schedules of a source are called, and its name."""


@pytest.fixture(scope="module")
def deployed_both(cloud) -> Deployment:
    """A stack for both sources."""
    keeping = {"DailyBackups": "1", "WeeklyBackups": "0", "MonthlyBackups": "0", "RedisDailyBackups": "1"}
    return Deployment.with_redis(cloud, "both", RedisRestoreSecretArn=cloud.redis_restore_secret, **keeping)


@pytest.fixture
def both(deployed_both, afterwards):
    """The stack, no mail unread, and nothing left running afterwards."""
    deployed_both.forget_conditions()
    deployed_both.new_mails()
    afterwards(lambda: _nothing_is_left_running(deployed_both))
    yield deployed_both
    deployed_both.cloud.settle()


def _nothing_is_left_running(deployed_both):
    deployed_both.cloud.settle()
    assert deployed_both.left_running() == []


def night(both):
    """One night: both dumps at the same time."""
    return _at_once(both, "dump")


def sunday(both):
    """One Sunday: both drills at the same time."""
    return _at_once(both, "drill")


def _at_once(both, what):
    at = both.next_time()
    for prefix in BOTH:
        both.cloud.schedules.fire(f"both-{prefix}{what}", at=at)
    both.cloud.settle()
    return f"{at:%Y%m%dT%H%M%SZ}"


def verdicts(both, drill):
    return {source: both.verdicts(drill, source) for source in BOTH.values()}


def test_both_vaults_are_enrolled(deployed_both):
    outputs = deployed_both.outputs
    assert (outputs["Enrolment"], outputs["RedisEnrolment"]) == ("enrolled", "enrolled")


def test_one_night_and_one_sunday_end_in_two_verdicts_and_no_mail(both):
    stamp = night(both)
    assert {source: both.backups(source) for source in BOTH.values()} == {SOURCE: [stamp], REDIS: [stamp]}
    drill = sunday(both)
    assert verdicts(both, drill) == {SOURCE: ["passed"], REDIS: ["passed"]}
    report = both.report(drill, REDIS)
    assert (report["findings"], report["reason"]) == ([], "")
    assert report["compared"]["keys"] > 4000
    passed = [event["source"] for event in both.events("DrillPassed")]
    assert sorted(passed) == [SOURCE, REDIS]
    assert both.new_mails() == []


def test_each_source_is_pruned_by_its_own_policy_and_by_its_own_manifests(both):
    before = {source: both.backups(source) for source in BOTH.values()}
    stamp = both.fire("redis-dump")
    assert both.backups(SOURCE) == before[SOURCE]
    assert stamp in both.backups(REDIS)
    assert len(both.backups(REDIS)) <= 2
    assert both.new_mails() == []


def test_no_name_and_no_value_of_a_key_is_in_the_catalog_or_in_a_log(both):
    s3, bucket = both.cloud.client("s3"), both.outputs["CatalogBucket"]
    texts = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in both.keys("")]
    texts += [
        "\n".join(both.cloud.function_log(f"both-{name}")).encode() for name in ("dump", "prune", "alert")
    ]
    texts.append("\n".join(both.task_log("drill")).encode())
    for secret in (b"session:7", b"cache:user:7", b'"viewer"', b"indexer-1"):
        assert not [text[:200] for text in texts if secret in text]


def test_a_loss_in_each_is_found_and_mailed_apart(both):
    both.begun = both.next_time()
    poorer = {SOURCE: both.plant_loss(), REDIS: plant_lost_key(both)}
    assert both.new_mails() == []
    drill = sunday(both)
    assert verdicts(both, drill) == {SOURCE: ["failed"], REDIS: ["failed"]}
    mails = {mail.subject.split(": ")[0]: mail for mail in both.new_mails()}
    assert sorted(mails) == [f"[CRITICAL] {SOURCE}", f"[CRITICAL] {REDIS}"]
    assert "drill failed: table public.item_stocks" in mails[f"[CRITICAL] {SOURCE}"].subject
    of_redis = mails[f"[CRITICAL] {REDIS}"]
    assert "drill failed: key of database 0, session:" in of_redis.subject
    assert f"{REDIS}-{poorer[REDIS]}" in of_redis.message
    assert "session:7" not in of_redis.message
    night(both)


def keyspace(both):
    """The number of keys in each database that has some."""
    with both.cloud.redis.connect() as client:
        return {name: space["keys"] for name, space in client.info("keyspace").items()}


def test_a_backup_of_redis_is_restored_beside_swapped_when_the_server_is_named_and_undone(both):
    stamp = both.fire("redis-dump")
    live, about = f"127.0.0.1:{both.cloud.redis.port}", {"source": REDIS}
    before = keyspace(both)
    with both.cloud.redis.connect() as client:
        client.set("since", "then")
        surveyed = both.call("restore", {**about, "action": "survey"})
        assert surveyed["outcome"] == "surveyed", surveyed
        assert [one for one in surveyed["survey"] if one["suffices"] is False] == []
        beside = both.call("restore", {**about, "action": "restore"})
        assert (beside["outcome"], beside["backup"]) == ("restored", f"{REDIS}-{stamp}"), beside
        assert client.exists("since")

        swap = {**about, "action": "restore", "backup": "newest", "swap": True}
        refused = both.call("restore", {**swap, "confirm": "another"})
        assert (refused["outcome"], refused["error"]) == ("refused", "UsageError")
        swapped = both.call("restore", {**swap, "confirm": live})
        assert (swapped["outcome"], swapped["swapped"]) == ("restored", True), swapped
        assert not client.exists("since")
        assert client.dbsize() == before["db0"]

        undone = both.call("restore", {**about, "action": "undo", "confirm": live})
        assert undone["outcome"] == "undone", undone
        assert client.exists("since")
        client.delete("since")
        for number in range(2, 16):
            with both.cloud.redis.connect(number) as aside:
                aside.flushdb()
    assert keyspace(both) == before
    assert {mail.subject.partition(": ")[0] for mail in both.new_mails()} == {f"[WARNING] {REDIS}"}
    assert both.backups(SOURCE) != []


def test_a_dump_of_redis_that_is_killed_is_mailed_past_the_alert_function_and_the_next_is_whole(both):
    before = both.backups(REDIS)
    with both.cloud.redis.connect() as client:
        client.config_set("repl-diskless-sync-delay", "30")
        both.cloud.schedules.fire("both-redis-dump", at=both.next_time())
        until(lambda: "wait_bgsave" in str(client.info("replication")))
        for process in running_function("functions.dump.handler.handler"):
            os.kill(process, signal.SIGKILL)
        both.cloud.settle()
        client.config_set("repl-diskless-sync-delay", "0")
    assert both.backups(REDIS) == before
    (mail,) = both.new_mails()
    assert "function:both-dump" in mail.message
    assert both.fire("redis-dump") in both.backups(REDIS)
    assert both.new_mails() == []


def test_a_drill_of_redis_that_is_killed_is_inconclusive_and_leaves_no_server(both):
    both.cloud.fargate.next_task(killed="restore")
    drill = both.fire("redis-drill")
    assert both.verdicts(drill, REDIS) == ["inconclusive"]
    (mail,) = both.new_mails()
    assert mail.subject.startswith(f"[WARNING] {REDIS}: drill inconclusive")


def test_the_server_of_a_drill_is_seen_while_it_runs(both):
    both.cloud.schedules.fire("both-redis-drill", at=both.next_time())
    name = both.cloud.redis.program.name
    until(lambda: len(running_program(name)) > 1)
    both.cloud.settle()
    assert both.left_running() == []


def test_what_is_overdue_is_looked_for_in_each_source(both):
    both.tick(30)
    mails = sorted(mail.subject.partition(": none")[0] for mail in both.new_mails())
    assert mails == [f"[ERROR] {SOURCE}: backup overdue", f"[ERROR] {REDIS}: backup overdue"]
    night(both)
    both.tick(0)


def test_a_dump_that_is_refused_by_redis_is_mailed_with_the_cure(both):
    with both.cloud.redis.connect() as client:
        client.acl_setuser("scims_backup", commands=["-psync"], enabled=True)
        try:
            both.fire("redis-dump")
        finally:
            client.acl_setuser("scims_backup", commands=["+psync"], enabled=True)
    (mail,) = both.new_mails()
    assert mail.subject.startswith(f"[ERROR] {REDIS}: backup failed")
    assert "+psync" in mail.message
