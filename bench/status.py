"""The status of many sources, in a folder and on S3: requests and seconds, with summaries and without."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.verdict import Verdict
from tests.fakes import MemoryCatalog, a_manifest, put_backup, put_drill
from tests.support.s3.seaweedfs import seaweedfs_server
from tests.support.s3.server import S3Server

_SCIMS = Path(sys.executable).with_name("scims-backup")
_NIGHTS, _WEEK = 15, 7
_BUCKET = "catalog"
_AT_ONCE = 16


def measure_status(sources: int, rounds: int) -> None:
    """Measure the catalog of so many sources, with 15 backups each, of which every seventh was drilled."""
    objects = dict(_objects(sources))
    print(f"{sources:,} sources, {len(objects):,} objects")
    with tempfile.TemporaryDirectory(prefix="scims-bench-") as work:
        for key, data in objects.items():
            path = Path(work) / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        _measure("folder", f"file://{work}", {}, rounds)
    with seaweedfs_server() as server:
        _fill(server, objects)
        _measure("S3 (seaweedfs)", f"s3://{_BUCKET}", server.environment(), rounds)


def _objects(sources: int) -> Iterator[tuple[str, bytes]]:
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    for number in range(sources):
        catalog = MemoryCatalog()
        for days in range(_NIGHTS):
            taken = now - timedelta(days=days)
            backup = BackupId(f"source-{number:04}", stamp_of(taken))
            put_backup(catalog, a_manifest(backup.stamp, backup.source))
            if days % _WEEK == 0:
                put_drill(catalog, backup, stamp_of(taken + timedelta(hours=1)), Verdict.PASSED)
        yield from catalog.objects.items()


def _fill(server: S3Server, objects: dict[str, bytes]) -> None:
    client = server.client()
    client.create_bucket(Bucket=_BUCKET)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(
            pool.map(lambda one: client.put_object(Bucket=_BUCKET, Key=one[0], Body=one[1]), objects.items())
        )


def _measure(place: str, catalog: str, environment: dict[str, str], rounds: int) -> None:
    for number in range(1 + rounds):
        began = time.monotonic()
        command = [_SCIMS, "status", "--catalog", catalog, "--json", "--quiet"]
        ended = subprocess.run(
            command, env={**os.environ, **environment}, check=True, capture_output=True, text=True
        )
        took, document = time.monotonic() - began, json.loads(ended.stdout)
        which = "with summaries" if number else "first time"
        print(f"{place}, {which}: {document['requests']:,} requests, {took:.1f} s", flush=True)
