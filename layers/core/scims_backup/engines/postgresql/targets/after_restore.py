"""Running the operator's `after_restore` on a restored database, as the role that restores."""

from __future__ import annotations

import psycopg
from psycopg import pq, sql

from scims_backup.domain.after_restore import failed_after_restore
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.connect.postgres_errors import reason
from scims_backup.engines.postgresql.targets.server import Connection, TargetServer, is_superuser
from scims_backup.engines.postgresql.targets.target_errors import target_error

_SEARCH_PATH = "public"
"""Of every run, so that a drill's is the restore's; whatever the role or the database say."""
_OPEN = "it leaves its transaction open: end it with COMMIT, or remove BEGIN"
_NO_CLIENT = "it expects rows from a client, as COPY … FROM STDIN does: use INSERT"
_NO_ROOM = "53"
"""The class of SQLSTATE that says that the server has no room, memory or connection left."""


def run_after_restore(server: TargetServer, database: str, script: str) -> Finding | None:
    """Run a script as a whole, in one transaction unless it says otherwise; return why it failed, if it did.

    Event triggers stay silent where the role may silence them, as in the restore before.
    Raise TargetError where the server is to blame.
    """
    with server.connected(database) as connection:
        try:
            _prepare(connection)
            connection.execute(script.encode())
            if connection.info.transaction_status != pq.TransactionStatus.IDLE:
                return failed_after_restore(_OPEN)
        except psycopg.Error as error:
            lacks_room = server.own is not None and (error.sqlstate or "").startswith(_NO_ROOM)
            if connection.broken or lacks_room:
                raise target_error(error, f"running after_restore on {database}") from None
            why = _NO_CLIENT if error.sqlstate is None else reason(error)
            return failed_after_restore(f"{_place(error, script)}{why}")
    return None


def _prepare(connection: Connection) -> None:
    settings = {"search_path": _SEARCH_PATH}
    if is_superuser(connection):
        since_17 = connection.info.server_version >= 170000  # noqa: PLR2004
        settings |= {"event_triggers": "off"} if since_17 else {"session_replication_role": "replica"}
    for name, value in settings.items():
        connection.execute(sql.SQL("SELECT pg_catalog.set_config({}, {}, false)").format(name, value))


def _place(error: psycopg.Error, script: str) -> str:
    """Where in the script a syntax error is; nothing where the server does not say."""
    position = error.diag.statement_position
    if not position:
        return ""
    return f"line {script[: int(position) - 1].count(chr(10)) + 1}: "
