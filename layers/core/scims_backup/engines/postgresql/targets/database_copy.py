"""A copy of a restored database, for what may write into it; dropped whatever happens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from scims_backup.domain.alert.texts import size
from scims_backup.domain.errors import TargetError
from scims_backup.engines.postgresql.rules import database_names
from scims_backup.engines.postgresql.targets.creating import reserve
from scims_backup.engines.postgresql.targets.dropping import drop_unkept
from scims_backup.engines.postgresql.targets.server import Connection, TargetServer
from scims_backup.engines.postgresql.targets.survey import free_bytes
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.ports import Progress

_SPARED = 64_000_000
"""Bytes that the server keeps for its own files beside a copy, about four segments of WAL."""
_STRATEGY_SINCE = 150000
_FACTS = """
SELECT pg_catalog.pg_database_size(oid), pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database
 WHERE datname = %s
"""
_SETTINGS = """
SELECT r.rolname, split_part(one, '=', 1), substr(one, strpos(one, '=') + 1)
  FROM pg_catalog.pg_db_role_setting AS s
  JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
 CROSS JOIN unnest(s.setconfig) AS one WHERE d.datname = %s AND (s.setrole = 0 OR r.rolname IS NOT NULL)
"""


@contextmanager
def copied(server: TargetServer, original: str, progress: Progress) -> Iterator[str]:
    """Copy a database and yield the copy's name, which the next restore drops if this one is killed.

    Raise TargetError if it cannot be copied: no room, somebody is connected to it, no right to.
    """
    copy = database_names.being_restored(server.live, secrets.token_hex(4))
    with server.maintenance() as connection:
        reserve(connection, copy)
        try:
            _copy(connection, original, copy)
            _settle(connection, original, copy, progress)
            yield copy
        finally:
            drop_unkept(server, connection, copy, progress)


def _copy(connection: Connection, original: str, copy: str) -> None:
    with targeting(f"copying {original}"):
        found = connection.execute(_FACTS, [original]).fetchone()
        free = free_bytes(connection)
    if found is None:
        raise TargetError(f"{original} does not exist", "somebody dropped or renamed it: restore again")
    needed, owner = found
    if free is not None and free < needed + _SPARED:
        raise TargetError(
            f"not enough space for a copy of {original}: {size(needed)} required, {size(free)} free",
            "make room on the server",
        )
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
        *map(sql.Identifier, (copy, original, owner))
    )
    if connection.info.server_version >= _STRATEGY_SINCE:
        # not through the WAL, which lies beside the live database's and would hold the copy twice
        statement += sql.SQL(" STRATEGY file_copy")
    with targeting(f"copying {original}"):
        connection.execute(statement)


def _settle(connection: Connection, original: str, copy: str, progress: Progress) -> None:
    """Give the copy the settings that hang on the original, and are not part of what is copied."""
    with targeting(f"reading the settings of {original}"):
        settings = connection.execute(_SETTINGS, [original]).fetchall()
    for role, name, value in settings:
        try:
            with connection.transaction():
                _set(connection, copy, role, name, value)
        except psycopg.Error as error:
            of = f" of {role}" if role else ""
            progress.note(f"the copy lacks the setting {name}{of}: {error.diag.message_primary}")


def _set(connection: Connection, copy: str, role: str | None, name: str, value: str) -> None:
    """FROM CURRENT, since only the server knows which settings are lists, whose parts are quoted."""
    connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])
    whose = sql.SQL("DATABASE {}").format(sql.Identifier(copy))
    if role is not None:
        whose = sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(role), sql.Identifier(copy))
    setting = sql.SQL(".").join(map(sql.Identifier, name.split(".")))
    connection.execute(sql.SQL("ALTER {} SET {} FROM CURRENT").format(whose, setting))
