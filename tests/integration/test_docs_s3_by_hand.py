"""docs/restore-by-hand.md on plain S3, run as written: an S3 client, zstd and pg_restore alone."""

import os
import re
import subprocess

from psycopg.conninfo import conninfo_to_dict

from tests.support.cli import PROGRAM, Cli
from tests.support.pages import ROOT, blocks
from tests.support.scims import load_scims

SETTINGS, *STEPS = blocks(ROOT / "docs" / "restore-by-hand.md", "bash")


def _adapted(settings):
    text = SETTINGS
    for name, value in settings.items():
        text, count = re.subn(rf"^(export {name})=\S+$", rf"\1={value}", text, flags=re.MULTILINE)
        assert count == 1, f"the page's first block does not set {name}"
    return text


def _types(block, settings, environment):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{_adapted(settings)}\n{block}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_an_archive_in_plain_s3_comes_back_by_hand(seaweedfs, server, database, tmp_path):
    load_scims(database)
    bucket = seaweedfs.new_bucket()
    catalog, vault = f"s3://{bucket}/catalog", f"s3://{bucket}/vault"
    variables = {
        "SCIMS_SOURCE": "scims-db",
        "SCIMS_SOURCE_URL": database.url,
        "SCIMS_CATALOG": catalog,
        "SCIMS_VAULT": vault,
        "SCIMS_POSTGRESQL_BIN": str(server.programs),
        **seaweedfs.environment(),
    }
    taken = Cli(variables).run("backup", "--json")
    assert taken.code == 0, taken.err
    settings = {
        "CATALOG": catalog,
        "VAULT": vault,
        "STAMP": taken.document["id"].removeprefix("scims-db-"),
        "WORK": str(tmp_path / "work"),
        "PATH": f"{server.programs}:$PATH",
    }
    address = conninfo_to_dict(database.url)
    environment = {
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PGHOST": str(address["host"]),
        "PGPORT": str(address["port"]),
        "PGUSER": str(address["user"]),
        **seaweedfs.environment(),
    }
    said = [_types(block, settings, environment) for block in STEPS]
    assert any("archive: OK" in text for text in said)
    try:
        compared = Cli(variables).run("compare", "--target-url", server.url("scims_restored"), "--json")
        assert (compared.code, compared.document["findings"]) == (0, [])
    finally:
        server.drop_database("scims_restored")
