"""What sandbox tests need: a proof to resemble, an archive from a pipe, a watcher, a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scims_backup.adapters.processes.watched import CHUNK_BYTES
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.level import Level
from scims_backup.domain.words import ROWS_OF_TABLES, Words
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.rules.proof import Proof, Rows, Server
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandbox
from scims_backup.ports import Progress
from tests.support.databases import Database

BARE: dict[str, Any] = {"schema": {"public": {}}, "extension": {"plpgsql": {}}}
ROLE = {
    "superuser": False,
    "inherit": True,
    "createrole": False,
    "createdb": False,
    "login": True,
    "replication": False,
    "bypassrls": False,
    "connection_limit": -1,
    "valid_until": None,
}


def resembling(
    major: int = 15,
    database: str = "shop",
    schema: Mapping[str, Any] | None = None,
    bootstrap: str = "postgres",
) -> Proof:
    """Make a proof that says no more than what a sandbox must resemble."""
    server = Server(f"{major}.0", major * 10000, database, "UTF8", bootstrap)
    return Proof(Level.COUNTS, server, {}, {}, Rows(0, None), schema={**BARE, **(schema or {})})


def archive_of(database: Database) -> bytes:
    """Dump a database into a pipe, as a backup does: the archive has no data offsets."""
    program = database.server.programs / "pg_dump"
    command = [str(program), "--format=custom", "--compress=0", database.url]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


@contextmanager
def restored_in(
    sandbox: LocalSandbox, archive: bytes, like: Proof, watcher: Progress | None = None
) -> Iterator[Address]:
    """Restore an archive as a drill does, and yield where the database is; failures are explained."""
    try:
        with sandbox.start(like).build(like, len(archive), watcher or Watcher()) as building:
            for start in range(0, len(archive), CHUNK_BYTES):
                building.write(archive[start : start + CHUNK_BYTES])
            building.finish(watcher or Watcher())
            assert sandbox._cluster is not None
            yield sandbox._cluster.address(building.name)
    except OperationFailedError as error:
        raise sandbox.explained(error) from None


class Watcher:
    """A Progress that remembers."""

    words: Words = ROWS_OF_TABLES

    def __init__(self) -> None:
        self.total = 0
        self.notes: list[str] = []

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """Nothing to do."""

    def bytes(self, count: int) -> None:
        """Add up."""
        self.total += count

    def rows(self, table: str, count: int) -> None:
        """Nothing to do."""

    def note(self, message: str) -> None:
        """Remember."""
        self.notes.append(message)


_PROGRAM = """
import signal, sys
from pathlib import Path
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from tests.support.sandboxes import resembling

def stop(number, frame):
    raise SystemExit(9)

signal.signal(signal.SIGTERM, stop)
with LocalSandboxes(root=Path(sys.argv[1])).open() as sandbox:
    print(sandbox.directory, flush=True)
    if sys.argv[2] == "started":
        sandbox.start(resembling())
        print("started", flush=True)
    sys.stdin.read()
"""


@contextmanager
def process_with_sandbox(root: Path, state: str = "started") -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run a process that holds a sandbox below root; yield it and the sandbox's directory.

    state: `started` or `opened`.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(root), state],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        directory = Path(process.stdout.readline().strip())
        if state == "started":
            assert process.stdout.readline() == "started\n"
        try:
            yield process, directory
        finally:
            process.kill()


def postmaster_of(sandbox: Path) -> int:
    """The process id of a sandbox's server."""
    return int((sandbox / "data/postmaster.pid").read_text().split()[0])


def is_running(pid: int) -> bool:
    """Say whether a process is there that has not ended."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def processes_below(directory: Path) -> list[str]:
    """The command lines of every process that mentions a directory, but for our own."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(directory) in line and int(process.name) != os.getpid():
            lines.append(line)
    return lines
