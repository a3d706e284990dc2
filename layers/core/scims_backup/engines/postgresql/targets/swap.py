"""Swapping databases by renaming them, all in one transaction, even while clients are connected."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import errors

from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.errors import (
    InterruptedOperationError,
    SwapRefusedError,
    SwapUnknownError,
    TargetError,
)
from scims_backup.engines.postgresql.connect.postgres_errors import reason
from scims_backup.engines.postgresql.targets.server import Connection, TargetServer, rename_database

_AGAIN_SECONDS = 0.01
_LOCK_TIMEOUT = "SET lock_timeout = '10s'"
# workers of autovacuum are nobody's: RENAME ends them itself, and only a superuser may besides
_END_OTHERS = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
 WHERE datname = ANY(%s) AND pid <> pg_catalog.pg_backend_pid() AND usesysid IS NOT NULL
"""
_WHO_IS_THERE = """
SELECT pg_catalog.count(*), pg_catalog.string_agg(DISTINCT usename || ' (' || application_name || ')', ', ')
  FROM pg_catalog.pg_stat_activity WHERE datname = ANY(%s)
"""
_PREPARED = "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = ANY(%s) ORDER BY gid"


def rename_all(server: TargetServer, renames: Sequence[tuple[str, str]]) -> float:
    """Rename databases, or none of them; return for how many seconds nobody got in.

    Each rename locks its database against new connections before it looks whether anybody is connected, and
    waits some seconds for them to go: meanwhile they are ended from beside. Until the commit nothing has
    changed, so that whatever dies leaves the live database in its place and open.
    Raise SwapRefusedError if somebody cannot be ended, or the server refuses; SwapUnknownError if its answer
    is lost, and it does not answer any more.
    """
    names = [old for old, _ in renames]
    with server.maintenance(autocommit=False) as renaming, server.maintenance() as beside:
        pid = renaming.info.backend_pid
        begun = time.monotonic()
        with _ending(beside, names) as ended:
            try:
                renaming.execute(_LOCK_TIMEOUT)
                for old, new in renames:
                    rename_database(renaming, old, new)
            except psycopg.Error as error:
                raise _refused(error, ended, beside, renames) from None
        # nobody is ended any more: from the commit on these names are other databases'
        _commit(renaming, pid, server, renames)
        return time.monotonic() - begun


def _commit(renaming: Connection, pid: int, server: TargetServer, renames: Sequence[tuple[str, str]]) -> None:
    """Commit; a signal meanwhile is too late, and says so. If the answer is lost, see whether it was done."""
    try:
        uninterrupted(renaming.commit)
    except InterruptedOperationError as late:
        if late.__cause__ is None or _was_done(renaming, pid, server, renames[-1][0]):
            done = "; ".join(f"{old} is {new} now" for old, new in renames)
            late.message, late.cure = f"{late.message}, too late: databases have been renamed: {done}", ""
        raise
    except psycopg.Error as error:
        if not _was_done(renaming, pid, server, renames[-1][0]):
            raise SwapRefusedError(f"renaming databases: {reason(error)}", "try again") from None


def _was_done(renaming: Connection, pid: int, server: TargetServer, old: str) -> bool:
    """Say whether a commit whose answer is lost was done, once its session has ended."""
    try:
        with server.after(renaming, pid) as fresh:
            return old not in server.names(fresh)
    except TargetError as error:
        raise SwapUnknownError(
            "the connection was lost while databases were being renamed, and it is unknown whether they "
            f"were: {error.message}",
            f"list the server's databases once it answers: if {old} no longer exists, the rename succeeded",
        ) from error


@contextmanager
def _ending(connection: Connection, names: Sequence[str]) -> Iterator[list[psycopg.Error]]:
    """End all sessions on these databases, repeatedly; yield what went wrong."""
    wrong: list[psycopg.Error] = []
    over = threading.Event()

    def end() -> None:
        while not over.is_set():
            try:
                connection.execute(_END_OTHERS, [list(names)])
                wrong.clear()
            except psycopg.Error as error:
                wrong[:] = [error]
            over.wait(_AGAIN_SECONDS)

    thread = threading.Thread(target=end, name="end-connections", daemon=True)
    thread.start()
    try:
        yield wrong
    finally:
        over.set()
        thread.join()


def _refused(
    error: psycopg.Error,
    wrong: Sequence[psycopg.Error],
    beside: Connection,
    renames: Sequence[tuple[str, str]],
) -> SwapRefusedError:
    asked = ", ".join(f"{old} to {new}" for old, new in renames)
    message = f"renaming {asked}: {reason(error)}"
    if wrong:
        message += f"; connections could not be ended: {reason(wrong[0])}"
    if isinstance(error, errors.ObjectInUse):
        return SwapRefusedError(
            f"{message}{_who(beside, renames)}",
            "end them (a prepared transaction: ROLLBACK PREPARED in its database), then try again",
        )
    if isinstance(error, errors.DuplicateDatabase):
        return SwapRefusedError(message, "rename or drop that database, then try again")
    if isinstance(error, errors.InsufficientPrivilege):
        cure = "use a superuser, or a role with CREATEDB that owns both databases and has pg_signal_backend"
        return SwapRefusedError(message, cure)
    return SwapRefusedError(message, "the databases are unchanged: try again")


def _who(beside: Connection, renames: Sequence[tuple[str, str]]) -> str:
    names = [old for old, _ in renames]
    try:
        ((count, who),) = beside.execute(_WHO_IS_THERE, [names])
        prepared = [gid for (gid,) in beside.execute(_PREPARED, [names])]
    except psycopg.Error as error:
        return f"; the connected sessions cannot be listed: {reason(error)}"
    said = [f"connected: {count}, of {who}"] if count else []
    said += [f"prepared transactions: {', '.join(prepared)}"] if prepared else []
    return "".join(f"; {one}" for one in said)
