"""Restores, swaps and drills a large database, beside bare pg_restore of the same archive."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from bench.database import BenchDatabase, bench_database

_CLIENTS = 1
_JOBS = os.cpu_count() or 1


def measure_restores(gigabytes: float, rounds: int) -> None:
    """Print each round's seconds of pg_restore, restore and drill, and how long a client got no answer."""
    with bench_database(gigabytes) as database, TemporaryDirectory(prefix="bench-") as folder:
        work = Path(folder)
        _run(database, work, "backup")
        archive = _archive(database, work)
        print(f"{database.facts()}; archive {archive.stat().st_size / 1e9:.2f} GB; jobs {_JOBS}")
        for _ in range(rounds):
            bare = _bare(database, archive)
            with _reading(database) as silent:
                restored = _run(database, work, "restore", "--swap", "--confirm", database.name)
            _undo(database, restored["aside"])
            begun = time.monotonic()
            drilled = _run(database, work, "drill")
            _print(bare, restored, max(silent, default=0.0))
            _print_drill(bare, drilled, time.monotonic() - begun)


def _print(bare: float, restored: dict[str, Any], silent: float) -> None:
    seconds = restored["seconds"]
    of_bare = seconds["restore"] / bare
    print(
        f"pg_restore {bare:.1f} s · restore {seconds['restore']:.1f} s ({of_bare:.2f})"
        f" + prove {seconds['prove']:.1f} s · away {restored['away_seconds']:.3f} s,"
        f" longest silence for a client {silent:.3f} s"
    )


def _print_drill(bare: float, drilled: dict[str, Any], seconds: float) -> None:
    phases = " + ".join(f"{name} {taken:.1f}" for name, taken in drilled["seconds"].items())
    print(f"  drill {drilled['verdict']} in {seconds:.1f} s ({seconds / bare:.2f}): {phases}")


def _run(database: BenchDatabase, work: Path, *arguments: str) -> Any:  # noqa: ANN401  as the command says
    environment = {
        **os.environ,
        "SCIMS_SOURCE": "bench",
        "SCIMS_SOURCE_URL": database.url,
        "SCIMS_CATALOG": f"file://{work}/catalog",
        "SCIMS_VAULT": f"restic:{work}/restic",
        "RESTIC_PASSWORD": "bench",
        "RESTIC_CACHE_DIR": f"{work}/cache",
        "SCIMS_POSTGRESQL_BIN": str(database.server.programs),
    }
    command = [str(Path(sys.executable).with_name("scims-backup")), *arguments, "--json", "--quiet"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def _archive(database: BenchDatabase, work: Path) -> Path:
    """The archive as the vault holds it: it came through a pipe, and has no offsets."""
    (listed,) = _run(database, work, "list")
    path = work / "archive"
    environment = {**os.environ, "RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": f"{work}/restic"}
    command = ["restic", "--no-cache", "dump", "--tag", listed["id"], "latest", f"/{listed['id']}.dump"]
    with path.open("wb") as file:
        subprocess.run(command, env=environment, stdout=file, check=True)
    return path


def _bare(database: BenchDatabase, archive: Path) -> float:
    database.server.create_database("bare")
    program = f"{database.server.programs}/pg_restore"
    begun = time.monotonic()
    subprocess.run(
        [
            program,
            "--exit-on-error",
            f"--jobs={_JOBS}",
            f"--dbname={database.server.url('bare')}",
            str(archive),
        ],
        check=True,
    )
    taken = time.monotonic() - begun
    database.server.drop_database("bare")
    return taken


@contextmanager
def _reading(database: BenchDatabase) -> Iterator[list[float]]:
    """Let clients read as fast as they can; give the seconds between any two answers that were long."""
    over, silences = threading.Event(), list[float]()
    clients = [threading.Thread(target=_read, args=(database, over, silences)) for _ in range(_CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield silences
    finally:
        over.set()
        for client in clients:
            client.join()


def _read(database: BenchDatabase, over: threading.Event, silences: list[float]) -> None:
    connection: psycopg.Connection[Any] | None = None
    answered = time.monotonic()
    while not over.wait(0.01):
        try:
            connection = connection or psycopg.connect(database.url, autocommit=True)
            connection.execute("SELECT count(*) FROM organizations").fetchone()
        except psycopg.Error:
            connection = None
            continue
        silences.append(time.monotonic() - answered)
        answered = time.monotonic()


def _undo(database: BenchDatabase, aside: str) -> None:
    """Put the bench's own database back, and drop the restored one."""
    database.server.drop_database(database.name)
    database.server.execute(f'ALTER DATABASE "{aside}" RENAME TO "{database.name}"')
