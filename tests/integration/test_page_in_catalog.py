"""The status page in the catalog's bucket, as the function writes it for a stack of two sources."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from functions.prune import handler as prune
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.handling.function_run import Run
from scims_backup.runtime.logs import Redactor
from scims_backup.runtime.progress.plain import PlainProgress
from tests.fakes import a_manifest, put_backup

SETTINGS = """
catalog = "s3://{bucket}"
[sources.scims-db]
url = "postgresql://db.example.org/scims"
vault = "s3://{bucket}-vault"
[sources.scims-redis]
url = "rediss://redis.example.org"
vault = "s3://{bucket}-vault"
"""


@pytest.fixture
def bucket(moto, monkeypatch):
    for name, value in moto.environment().items():
        monkeypatch.setenv(name, value)
    return moto.new_bucket()


def stored(bucket, source):
    """Store a backup of this very moment."""
    now = datetime.now(UTC)
    manifest = replace(a_manifest(), backup=BackupId(source, stamp_of(now)), started=now, finished=now)
    put_backup(S3Catalog(boto3.client("s3"), S3Place(bucket)), manifest)


def renewed(bucket: str, source: str) -> Any:
    """Wake the function by the record of a run of a source."""
    event = {
        "detail-type": "Object Created",
        "detail": {"object": {"key": f"history/{source}/2026/11/20261129T020000Z-backup-x.json"}},
    }
    environment = {
        "SCIMS_SOURCE": "scims-db",
        "SCIMS_SOURCES": "scims-db,scims-redis",
        "SCIMS_SETTINGS": SETTINGS.format(bucket=bucket),
    }
    progress = PlainProgress(lambda _: None, lambda: 0.0)
    return prune._woken(event, Run("7f", timedelta, environment, Redactor(), progress))


def pages(bucket):
    client = boto3.client("s3")
    listed = client.list_objects_v2(Bucket=bucket, Prefix="page/").get("Contents", ())
    return {one["Key"]: client.get_object(Bucket=bucket, Key=one["Key"]) for one in listed}


def test_the_record_of_a_run_renews_the_page_of_its_source_and_that_of_all(bucket):
    stored(bucket, "scims-db")
    answer = renewed(bucket, "scims-db")
    assert (answer["outcome"], answer["problems"]) == ("completed", [])
    found = pages(bucket)
    assert set(found) == {"page/index.html", "page/sources/scims-db.html"}
    index = found["page/index.html"]
    assert index["ContentType"] == "text/html; charset=utf-8"
    assert index["CacheControl"] == "no-cache"
    html = index["Body"].read().decode()
    assert "sources/scims-db.html" in html
    assert "scims-redis" in html, "the index is of all sources of the stack"


def test_a_second_run_takes_the_place_of_the_page_before(bucket):
    renewed(bucket, "scims-redis")
    before = pages(bucket)["page/sources/scims-redis.html"]["Body"].read().decode()
    assert "There is no backup yet" in before
    stored(bucket, "scims-redis")
    renewed(bucket, "scims-redis")
    after = pages(bucket)["page/sources/scims-redis.html"]["Body"].read().decode()
    assert "There is no backup yet" not in after


def test_the_record_of_another_stacks_source_renews_nothing(bucket):
    assert renewed(bucket, "other")["outcome"] == "not called for"
    assert pages(bucket) == {}
