"""Keeping a database's own event triggers out of what we change there for a moment."""

from __future__ import annotations

from psycopg import sql

from scims_backup.engines.postgresql.connect.connection import Connection

_SWITCH_SINCE = 170000
_IS_SUPERUSER = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
_FIRING = """
SELECT evtname, evtenabled::text FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1
"""
_STATES = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}

Firing = list[tuple[str, str]]


def silence(connection: Connection) -> Firing:
    """Silence every event trigger in the connection's open transaction; only a superuser can.

    Return what `let_fire` needs; a transaction that is rolled back needs it not.
    """
    ((superuser,),) = connection.execute(_IS_SUPERUSER)
    if not superuser:
        return []
    if connection.info.server_version >= _SWITCH_SINCE:
        connection.execute("SET LOCAL event_triggers = off")
        return []
    firing: Firing = connection.execute(_FIRING).fetchall()
    for name, _ in firing:
        _alter(connection, name, "DISABLE")
    return firing


def let_fire(connection: Connection, silenced: Firing) -> None:
    """Undo `silence` at the end of a transaction that is committed: others never see it."""
    for name, state in silenced:
        _alter(connection, name, _STATES[state])


def _alter(connection: Connection, name: str, state: str) -> None:
    connection.execute(sql.SQL("ALTER EVENT TRIGGER {} {}").format(sql.Identifier(name), sql.SQL(state)))
