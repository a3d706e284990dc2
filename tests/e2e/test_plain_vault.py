"""The stack with archives in plain S3 under Object Lock: nights are the same, no locked version goes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from localcloud.deployment import SOURCE, Deployment
from scims_backup.domain import keys
from scims_backup.domain.anomalies.usual import YOUNG
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.holds import OPERATOR, Hold
from scims_backup.domain.run_record import RunKind, RunRecord


@pytest.fixture(scope="module")
def plain(cloud):
    """A second stack, in the same account."""
    keeping = {"DailyBackups": "2", "WeeklyBackups": "0", "MonthlyBackups": "0"}
    locks = {"VaultKind": "s3", "ObjectLockMode": "governance", "ObjectLockDays": "1", "Quota": "1MB"}
    return Deployment.of(cloud, "plain", **keeping, **locks)


def archives(plain):
    listed = plain.cloud.client("s3").list_objects_v2(Bucket=plain.outputs["VaultBucket"], Prefix="archives/")
    return [found["Key"] for found in listed.get("Contents", [])]


def versions(plain):
    listed = plain.cloud.client("s3").list_object_versions(
        Bucket=plain.outputs["VaultBucket"], Prefix="archives/"
    )
    return listed.get("Versions", [])


def is_removed(plain, key, version):
    s3 = plain.cloud.client("s3")
    try:
        s3.delete_object(Bucket=plain.outputs["VaultBucket"], Key=key, VersionId=version)
    except s3.exceptions.ClientError as error:
        return error.response["Error"]["Code"] != "AccessDenied"
    return True


def test_a_night_and_a_sunday_work_with_one_object_for_each_archive(plain):
    stamp = plain.fire("dump")
    assert [f"archives/{SOURCE}/{stamp}-" in key for key in archives(plain)] == [True]
    drill = plain.fire("drill")
    assert plain.verdicts(drill) == ["passed"]
    assert plain.left_running() == []
    assert plain.new_mails() == []


def test_what_retention_lets_go_is_hidden_though_it_is_locked_and_no_version_is_gone(plain):
    before = {version["Key"] for version in versions(plain)}
    (proven,) = plain.backups()
    stamps = [plain.fire("dump") for _ in range(3)]
    assert plain.backups() == [proven, stamps[-1]]
    assert len(archives(plain)) == 2
    there = {version["Key"]: version for version in versions(plain)}
    assert before < set(there)
    assert len(there) == 4
    assert plain.events("PruneFailed") == []
    assert [mail.subject for mail in plain.new_mails() if "quota" not in mail.subject] == []
    assert [key for key, version in there.items() if is_removed(plain, key, version["VersionId"])] == []


def test_more_than_the_quota_is_told(plain):
    plain.forget_conditions()
    plain.fire("dump")
    assert any(f"[WARNING] {SOURCE}: storage quota exceeded" in mail.subject for mail in plain.new_mails())
    facts = plain.events("StorageQuotaExceeded")[-1]["facts"]
    assert facts["source_bytes"] > facts["quota_bytes"] == 1_000_000


def hold(plain, stamp):
    """Keep a backup, as the command line does."""
    until = Hold(OPERATOR, datetime(2099, 1, 1, tzinfo=UTC))
    key = keys.hold(BackupId(SOURCE, stamp), until)
    plain.cloud.client("s3").put_object(Bucket=plain.outputs["CatalogBucket"], Key=key, Body=until.to_bytes())


def remember_a_week(plain):
    """Let the newest backup have had one like it on each day of the week before."""
    s3, bucket = plain.cloud.client("s3"), plain.outputs["CatalogBucket"]
    key = max(one for one in plain.keys(f"history/{SOURCE}/") if "-backup-" in one)
    newest = RunRecord.from_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), key)
    for days in range(1, YOUNG + 1):
        began, stamp = newest.began - timedelta(days=days), stamp_of(newest.began - timedelta(days=days))
        record = replace(newest, began=began, ended=began, backup=f"{SOURCE}-{stamp}")
        earlier = keys.run_record(SOURCE, began, RunKind.BACKUP, stamp)
        s3.put_object(Bucket=bucket, Key=earlier, Body=record.to_bytes())
    plain.cloud.settle()


def test_a_table_that_lost_most_of_its_rows_and_a_dump_that_is_far_too_large_are_told(plain):
    hold(plain, plain.backups()[-1])
    plain.fire("dump")
    remember_a_week(plain)
    plain.forget_conditions()
    plain.new_mails()
    with plain.cloud.source.connect() as connection:
        connection.execute("CREATE TABLE bulk AS SELECT n, md5(n::text) FROM generate_series(1, 300000) n")
        connection.execute("DELETE FROM crafts")
        plain.fire("dump")
        connection.execute("DROP TABLE bulk")
    subjects = [mail.subject for mail in plain.new_mails()]
    assert any(f"[WARNING] {SOURCE}: unusual backup size" in subject for subject in subjects)
    (rows,) = [subject for subject in subjects if "rows lost" in subject]
    assert "crafts" in rows
