"""docs/restore-by-hand.md, run as it is written, against a backup that scims-backup took."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scims_backup.adapters.processes.accounts import Account
from tests.support.cli import PROGRAM, Cli
from tests.support.databases import Database, restic_place
from tests.support.pages import ROOT, blocks
from tests.support.programs import NEWEST, programs_of
from tests.support.scims import load_scims

PAGE = ROOT / "docs" / "restore-by-hand.md"
SETTINGS, *STEPS = blocks(PAGE, "sh")


class Reader:
    """Somebody who types the page's blocks, one after the other, with settings of his own.

    same_name: what the database is called that the page restores under the source's own name.
    """

    def __init__(self, home: Path, same_name: str, settings: dict[str, str]) -> None:
        self.home, self.same_name, self.settings = home, same_name, settings

    def adapted_settings(self) -> str:
        text = SETTINGS
        for name, value in self.settings.items():
            text, count = re.subn(rf"^(export {name})=\S+$", rf"\1={value}", text, flags=re.MULTILINE)
            assert count == 1, f"the page's first block does not set {name}"
        return text

    def types(self, block: str) -> str:
        """Run one block; only scims-backup's own runs as ourselves, since others may not reach it."""
        ours = "scims-backup compare" in block
        account: dict[str, Any] = {} if ours else Account.unprivileged("postgres").process_options()
        done: subprocess.CompletedProcess[str] = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{self.adapted_settings()}\n{block}"],
            cwd=self.home,
            env={
                "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "COPY": self.same_name,
            },
            capture_output=True,
            text=True,
            check=False,
            **account,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def reader(database: Database) -> Iterator[Reader]:
    """Give a reader who has a backup before him, and nothing of ours but the catalog and the repository."""
    with _reader_of(database, database.server.programs) as reader:
        yield reader


@contextmanager
def _reader_of(database: Database, programs: Path) -> Iterator[Reader]:
    """A reader of a backup that programs of some minor took, and who has the same."""
    home = Path(tempfile.mkdtemp(prefix="scims-hand-", dir="/tmp"))
    try:
        place = restic_place(home)
        load_scims(database)
        cli = Cli(
            {
                "SCIMS_SOURCE": "scims-db",
                "SCIMS_SOURCE_URL": database.url,
                "SCIMS_CATALOG": f"file://{home}/catalog",
                "SCIMS_VAULT": place.vault,
                "RESTIC_PASSWORD_FILE": str(place.password_file),
                "SCIMS_POSTGRESQL_BIN": str(programs),
            }
        )
        taken = cli.run("backup", "--json")
        assert taken.code == 0, taken.err
        _give_away(home)
        yield Reader(
            home,
            database.name,
            {
                "RESTIC_REPOSITORY": str(place.path),
                "RESTIC_PASSWORD_FILE": str(place.password_file),
                "CATALOG": f"{home}/catalog",
                "STAMP": taken.document["id"].removeprefix("scims-db-"),
                "WORK": f"{home}/work",
                "PATH": f"{programs}:$PATH",
            },
        )
    finally:
        _stop_server(programs, home / "work" / "data")
        shutil.rmtree(home)


def _give_away(home: Path) -> None:
    home.chmod(0o755)
    for path in (home, *home.rglob("*")):
        Account.unprivileged("postgres").own(path)


def _stop_server(programs: Path, data: Path) -> None:
    if (data / "postmaster.pid").exists():
        stop = [f"{programs}/pg_ctl", "stop", "--mode=immediate", f"--pgdata={data}"]
        subprocess.run(
            stop,
            cwd="/",
            check=False,
            capture_output=True,
            **Account.unprivileged("postgres").process_options(),
        )


def test_every_block_does_what_it_says_and_the_check_of_rows_notices_one_that_is_lost(reader):
    said = []
    for block in STEPS:
        said.append(reader.types(block))
        if "HAVING count(*)" in block:
            _lose_a_row_of_the_other_copy(reader, block)
    together = "\n".join(said)
    assert "archive: OK" in together
    assert re.search(r"^passed ", together, re.MULTILINE)
    assert "scims_owner\n" in said[-1], "the roles are named by the archive alone"


@pytest.mark.parametrize("newest", NEWEST, ids=repr)
def test_an_archive_that_an_older_pg_dump_wrote_is_restored_without_what_only_the_server_sets(
    newest, server_of, new_database
):
    database = new_database(server_of(newest))
    database.execute("CREATE TABLE spread (a int); ALTER TABLE spread ALTER COLUMN a SET (n_distinct=7)")
    with _reader_of(database, programs_of(int(newest))) as reader:
        blocks_before = STEPS[: next(at for at, block in enumerate(STEPS) if "--create" in block)]
        for block in blocks_before:
            reader.types(block)
        with pytest.raises(AssertionError, match='unrecognized parameter "pg_attver"'):
            reader.types(next(block for block in STEPS if "scims_restored archive" in block))
        reader.types(next(block for block in STEPS if "pg_attver" in block))
        check = next(block for block in STEPS if "HAVING count(*)" in block)
        reader.types(check.replace("scims_restored", "scims_cleaned"))
        options = "SELECT attoptions FROM pg_attribute WHERE attrelid = 'spread'::regclass AND attnum = 1"
        said = reader.types(
            f'psql --no-psqlrc --no-align --tuples-only --dbname=scims_cleaned --command="{options}"'
        )
        assert said.strip() == "{n_distinct=7}"


def _lose_a_row_of_the_other_copy(reader, check_of_rows):
    reader.types("psql --dbname=\"$COPY\" --command='DELETE FROM crafts WHERE id = 7'")
    with pytest.raises(AssertionError, match=r"public\.crafts: 600 rows expected, 599 found"):
        reader.types(check_of_rows.replace("scims_restored", "$COPY"))
