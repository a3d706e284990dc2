"""How long a backup takes beside pg_dump alone: one run, alternating, medians."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.database import BenchDatabase, bench_database

_SCIMS = Path(sys.executable).with_name("scims-backup")
_PASSWORD = "only for measuring"  # noqa: S105


_EMPTY = "nothing_yet"


def _commands(database: BenchDatabase, work: Path) -> Mapping[str, str]:
    """What is measured, as shell commands; each begins with a work directory without any of its data."""
    dump = f"{database.server.programs}/pg_dump --dbname='{database.url}'"
    backup = _backup(database.url, work)
    return {
        "pg_dump -Fc -Z0 >/dev/null": f"{dump} -Fc -Z0 >/dev/null",
        "backup --level counts": f"{backup} --level counts",
        "backup --level full": f"{backup} --level full",
        "pg_dump -Fc": f"{dump} -Fc -f {work}/archive",
        "pg_dump -Fc, then gzip": f"{dump} -Fc -f {work}/archive && gzip {work}/archive",
    }


def _backup(url: str, work: Path) -> str:
    return (
        f"{_SCIMS} backup --quiet --json --source bench --source-url '{url}'"
        f" --catalog file://{work}/catalog --vault restic:{work}/vault"
    )


def measure_wall(gigabytes: float, rounds: int) -> None:
    """Print the median, least and most seconds of each command, and its ratio to the first."""
    with bench_database(gigabytes) as database:
        print(
            f"database: {database.facts()}; PostgreSQL {database.server.major}; {rounds} rounds, alternating"
        )
        database.server.create_database(_EMPTY)
        seconds: dict[str, list[float]] = {}
        for round_number in range(rounds + 1):
            for name in _commands(database, Path("/nonexistent")):
                taken = _timed(database, name)
                if round_number > 0:  # the first round only warms the caches
                    seconds.setdefault(name, []).append(taken)
    print_table(seconds)


def _timed(database: BenchDatabase, name: str) -> float:
    work = Path(tempfile.mkdtemp(prefix="scims-bench-"))
    environment = {**os.environ, "RESTIC_PASSWORD": _PASSWORD}
    try:
        if name.startswith("backup"):  # a vault is initialised once in its life, which takes some seconds
            _run(_backup(database.server.url(_EMPTY), work), environment)
        begun = time.monotonic()
        _run(_commands(database, work)[name], environment)
        return time.monotonic() - begun
    finally:
        shutil.rmtree(work)


def _run(command: str, environment: Mapping[str, str]) -> None:
    subprocess.run(["/bin/sh", "-c", command], env=environment, stdout=subprocess.DEVNULL, check=True)


def print_table(seconds: Mapping[str, list[float]]) -> None:
    """Print median, least and most of each, and its ratio to the first."""
    limit = statistics.median(next(iter(seconds.values())))
    print(f"{'':28} {'median':>8} {'min':>8} {'max':>8} {'ratio':>7}")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"{name:28} {median:8.1f} {min(taken):8.1f} {max(taken):8.1f} {median / limit:7.2f}")
