"""How much memory a backup takes: the PSS of our process and its children, the server aside."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.database import bench_database

_SCIMS = Path(sys.executable).with_name("scims-backup")
_EVERY_SECONDS = 0.05
_PASSWORD = "only for measuring"  # noqa: S105


def measure_memory(gigabytes: float) -> None:
    """Print the highest sum of PSS at a size, and at four times the size."""
    for size in (gigabytes, 4 * gigabytes):
        with bench_database(size) as database, tempfile.TemporaryDirectory(prefix="scims-bench-") as work:
            facts = database.facts()
            peak, samples = _peak_of_backup(database.url, Path(work))
        print(f"{facts}: highest sum of PSS {peak / 1e6:.0f} MB in {samples} samples", flush=True)


def _peak_of_backup(url: str, work: Path) -> tuple[int, int]:
    command = [
        *(str(_SCIMS), "backup", "--quiet", "--json", "--source", "bench", "--source-url", url),
        *("--catalog", f"file://{work}/catalog", "--vault", f"restic:{work}/vault"),
    ]
    environment = {**os.environ, "RESTIC_PASSWORD": _PASSWORD}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = samples = 0
    while process.poll() is None:
        peak, samples = max(peak, sum(map(pss, tree(process.pid)))), samples + 1
        time.sleep(_EVERY_SECONDS)
    if process.returncode != 0:
        raise SystemExit(f"the backup failed with exit code {process.returncode}")
    return peak, samples


def tree(root: int) -> Iterator[int]:
    """Yield a process and all that it started, as far as they run."""
    yield root
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
        tasks = list(Path(f"/proc/{root}/task").iterdir())
    except OSError:
        return  # ended meanwhile
    for task in tasks:
        try:
            children += [pid for pid in (task / "children").read_text().split() if pid not in children]
        except OSError:
            continue
    for pid in children:
        yield from tree(int(pid))


def pss(pid: int) -> int:
    """Return the memory of a process in bytes: what it shares counts in part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # ended meanwhile
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
