"""`scims-backup recover` as it is typed, on a real S3 server."""

import json
import os
import re
import signal
import subprocess
from datetime import timedelta
from unittest import mock

import pytest

from localcloud.iam.evaluation import Decision
from scims_backup.cli.main import run
from tests.fakes import a_manifest
from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.s3.clock import end_of_second
from tests.support.s3.gate import gate

OLD, NEW = "20261120T020000Z", "20261121T020000Z"
ARCHIVES = 12


class Bucket:
    """A catalog and a plain vault in one bucket with versions, with a backup from before a moment."""

    def __init__(self, server):
        self.server, self.client = server, server.client()
        self.name = server.new_bucket(versioned=True)
        self.put(f"c/manifests/scims-db/{OLD}.json", a_manifest(OLD).to_bytes())
        for number in range(ARCHIVES):
            self.put(f"v/archives/scims-db/{OLD}-{number:016x}.dump.zst", f"archive {number}".encode())
        self.before = end_of_second(self.client, self.name)

    def put(self, key, data):
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def wreck(self):
        for key in self.current():
            self.put(key, b"garbage")
            if "manifests" in key:
                self.client.delete_object(Bucket=self.name, Key=key)
        self.put(f"c/manifests/scims-db/{NEW}.json", a_manifest(NEW).to_bytes())

    def current(self):
        listed = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {one["Key"]: one["ETag"] for one in listed}

    def environment(self, server=None):
        return {
            **(server or self.server).environment(),
            "SCIMS_SOURCE": "scims-db",
            "SCIMS_CATALOG": f"s3://{self.name}/c",
            "SCIMS_VAULT": f"s3://{self.name}/v",
        }

    def moment(self, shift=0):
        return f"{self.before + timedelta(seconds=shift):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def bucket(seaweedfs):
    return Bucket(seaweedfs)


@pytest.fixture
def types(bucket, capsys):
    """Give what types the command: exit code, standard output and error."""

    def typed(*arguments, before=None, **environment):
        with mock.patch.dict(os.environ, bucket.environment() | environment):
            code = run(["recover", "--before", before or bucket.moment(), *arguments], dict(os.environ))
        return code, *capsys.readouterr()

    return typed


def test_it_is_looked_at_then_done_then_nothing_is_to_do(bucket, types):
    before = bucket.current()
    bucket.wreck()
    wrecked = bucket.current()
    code, out, _ = types("--json")
    plan = json.loads(out)
    cli_schemas.check("recover", plan)
    assert (code, plan["done"], bucket.current()) == (0, False, wrecked)
    assert plan["backups"] == [{"id": f"scims-db-{OLD}", "manifest": "removed"}]
    assert plan["hidden"] == [f"scims-db-{NEW}"]
    vault, catalog = plan["places"]
    assert (vault["put_back"], catalog["bring_back"], catalog["put_aside"]) == (ARCHIVES, 1, 1)

    code, out, _ = types("--confirm", plan["digest"], "--json")
    assert (code, json.loads(out)["done"], bucket.current()) == (0, True, before)
    code, out, _ = types()
    assert code == 0
    assert f"nothing to do: everything is as it was at {bucket.moment()}" in out


def test_what_is_shown_says_how_to_do_it(bucket, types):
    bucket.wreck()
    _, out, _ = types()
    assert f"comes back  scims-db-{OLD}" in out
    assert f"to hide  scims-db-{NEW}, created since" in out
    (digest,) = re.findall(
        rf"to do it: scims-backup recover --before {bucket.moment()} --confirm (\w+)$", out, re.MULTILINE
    )
    code, out, _ = types("--confirm", digest)
    assert (code, f"hidden  scims-db-{NEW}" in out) == (0, True)
    assert "next: `scims-backup verify" in out


def test_another_digest_is_wrong_usage_and_nothing_is_done(bucket, types):
    bucket.wreck()
    wrecked = bucket.current()
    code, out, _ = types("--confirm", "0123456789abcdef", "--json")
    assert (code, json.loads(out)["error"]["kind"], bucket.current()) == (2, "UsageError", wrecked)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SCIMS_CATALOG", "file:///nowhere/catalog", "the catalog /nowhere/catalog is a folder"),
        ("SCIMS_VAULT", "restic:/nowhere/vault", "the restic vault is not in S3"),
        ("SCIMS_VAULT", "restic:rest:https://example.org/vault", "the restic vault is not in S3"),
    ],
)
def test_where_there_are_no_versions_it_says_so(types, variable, value, said):
    code, _, err = types(**{variable: value, "RESTIC_PASSWORD": "correct horse"})
    assert code == 2
    assert said in err
    assert "keeps no versions to recover from" in err


def test_a_bucket_whose_versioning_was_suspended_is_refused_with_the_command_that_mends_it(bucket, types):
    bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Suspended"})
    code, _, err = types()
    assert code == 1
    assert f"aws s3api put-bucket-versioning --bucket {bucket.name}" in err


def test_before_the_first_backup_there_is_nothing_to_work_on(bucket, types):
    code, _, err = types(before=bucket.moment(-3600))
    assert code == 5
    assert "show no backup of scims-db" in err


@pytest.mark.parametrize("before", ["yesterday", "2026-11-22", "2999-01-01T00:00:00Z"])
def test_a_moment_that_is_none_or_to_come_is_wrong_usage(types, before):
    assert types(before=before)[0] == 2


def test_a_run_that_was_killed_half_way_goes_on_under_the_same_digest(bucket, types):
    before = bucket.current()
    bucket.wreck()
    digest = json.loads(types("--json")[1])["digest"]
    written: list[str] = []
    process: subprocess.Popen[str]

    def kill_it_half_way(request):
        if request.action == "s3:PutObject":
            written.append(request.resource)
            if len(written) == ARCHIVES // 2:
                process.send_signal(signal.SIGKILL)
        return Decision(True, "")

    with gate(bucket.server, kill_it_half_way) as door:
        process = Cli(bucket.environment(door)).start(
            "recover", "--before", bucket.moment(), "--confirm", digest
        )
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    half_way = bucket.current()
    assert half_way != before
    assert not any("manifests" in key for key in half_way), "manifests come last"
    assert types("--confirm", digest)[0] == 0
    assert bucket.current() == before
