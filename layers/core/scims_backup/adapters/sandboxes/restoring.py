"""Restoring an archive into a sandbox's cluster with pg_restore."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from scims_backup.adapters.postgres.post_data import passes
from scims_backup.adapters.postgres.restore_refusals import refusal
from scims_backup.adapters.postgres.restore_session import restore_session
from scims_backup.adapters.sandboxes.cluster import Cluster
from scims_backup.adapters.sandboxes.uninterrupted import child
from scims_backup.ports import Progress

_LOOK_AGAIN_SECONDS = 0.25


def restore(cluster: Cluster, archive: Path, progress: Progress) -> None:
    """Create the database that the archive holds, in the cluster.

    The data are read once from front to back, since an archive that came through a pipe does not know where
    in it a table begins. Indexes and constraints follow in parallel; they need the archive's head only.
    Raise RestoreFailedError, or SandboxError if it is the sandbox's fault.
    """
    cluster.account.own(archive)
    first = ["--create", "--section=pre-data", "--section=data"]
    _run(cluster, [*first, _to(cluster, cluster.maintenance_database)], archive, progress.bytes)
    progress.note("building indexes and checking constraints")
    then = ["--section=post-data", _to(cluster, cluster.like.database)]
    for number, one in enumerate(passes(_contents(cluster, archive))):
        chosen = archive.with_name(f"{archive.name}.{number}.list")
        chosen.write_bytes("\n".join(one.entries).encode(errors="surrogateescape"))
        cluster.account.own(chosen)
        jobs = os.cpu_count() or 1 if one.at_once else 1
        _run(cluster, [*then, f"--use-list={chosen}", f"--jobs={jobs}", str(archive)], archive, _ignored)


def _contents(cluster: Cluster, archive: Path) -> list[str]:
    command = [cluster.programs.program("pg_restore"), "--list", str(archive)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    encoding = {"encoding": "utf-8", "errors": "surrogateescape"}
    with child(command, **pipes, **encoding, **cluster.process_options()) as process:
        contents, errors = process.communicate()
    if process.returncode != 0:
        raise refusal(errors, process.returncode, cluster.like.major)
    return contents.splitlines()


def _to(cluster: Cluster, database: str) -> str:
    return f"--dbname={cluster.program_dsn(database)}"


def _run(cluster: Cluster, arguments: list[str], archive: Path, count: Callable[[int], None]) -> None:
    command = [cluster.programs.program("pg_restore"), "--exit-on-error", "--no-tablespaces", *arguments]
    options = cluster.process_options()
    options["env"]["PGOPTIONS"] = restore_session(cluster.like.major)
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "errors": "replace"}
    with archive.open("rb") as source, child(command, stdin=source, **pipes, **options) as process:
        errors = _watched(process, source.fileno(), count)
        if process.returncode != 0:
            cluster.check_alive()
            raise refusal(errors, process.returncode, cluster.like.major)


def _watched(process: subprocess.Popen[str], archive: int, count: Callable[[int], None]) -> str:
    """Wait for the program, counting what it has read: it shares the position of our open file."""
    counted = 0
    while True:
        try:
            _, errors = process.communicate(timeout=_LOOK_AGAIN_SECONDS)
        except subprocess.TimeoutExpired:
            errors = None
        position = max(counted, os.lseek(archive, 0, os.SEEK_CUR))
        count(position - counted)
        counted = position
        if errors is not None:
            return errors


def _ignored(_count: int) -> None:
    """Nothing of the archive's data is read in this step."""
