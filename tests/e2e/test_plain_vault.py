"""The stack with archives in plain S3 under Object Lock: nights are the same, what is locked stays."""

import pytest

from localcloud.deployment import SOURCE, Deployment


@pytest.fixture(scope="module")
def plain(cloud):
    """A second stack, in the same account."""
    keeping = {"DailyBackups": "1", "WeeklyBackups": "0", "MonthlyBackups": "0"}
    locks = {"VaultKind": "s3", "ObjectLockMode": "governance", "ObjectLockDays": "1"}
    return Deployment.of(cloud, "plain", **keeping, **locks)


def archives(plain):
    listed = plain.cloud.client("s3").list_objects_v2(Bucket=plain.outputs["VaultBucket"], Prefix="archives/")
    return [found["Key"] for found in listed.get("Contents", [])]


def test_a_night_and_a_sunday_work_with_one_object_for_each_archive(plain):
    stamp = plain.fire("dump")
    assert [f"archives/{SOURCE}/{stamp}-" in key for key in archives(plain)] == [True]
    drill = plain.fire("drill")
    assert plain.verdicts(drill) == ["passed"]
    assert plain.left_running() == []
    assert plain.new_mails() == []


def test_an_archive_that_is_locked_stays_and_that_is_told_once_and_wakes_nothing_for_ever(plain):
    first, second, third = (plain.fire("dump") for _ in range(3))
    calls = [call.answer["outcome"] for call in plain.cloud.function_calls()["plain-prune"].ended]
    assert {first, second, third} <= set(plain.backups())
    assert len(archives(plain)) == 4
    told = [mail.subject for mail in plain.new_mails()]
    assert len(told) == calls.count("incomplete") == len(plain.events("PruneFailed"))
    assert all(f"{SOURCE}: prune failed" in subject for subject in told)
    assert "not called for" in calls
