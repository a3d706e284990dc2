"""Settings that a disposable server does not take, such as a locale that it does not have.

They say how the source's sessions begin, and nothing of what the archive holds. So they are written into the
catalog as they are, unread: whoever connects is warned and has the default, and the database resembles the
source's.
"""

from __future__ import annotations

import re

import psycopg
from psycopg import sql

from scims_backup.engines.postgresql.rules.proof import Facets
from scims_backup.engines.postgresql.targets.server import Connection

_NAME = r'"(?:[^"]|"")+"|[\w$]+'
_SETTING = re.compile(
    rf"ALTER (?:ROLE (?P<role>{_NAME}) IN )?DATABASE (?:{_NAME}) SET (?P<name>{_NAME}) (?:TO|=)"
    r" (?P<value>'(?:[^']|'')*')"
)
_WRITTEN = """
WITH given (db, role) AS (
    SELECT CASE WHEN {everywhere} THEN 0 ELSE d.oid END::pg_catalog.oid, coalesce(r.oid, 0::pg_catalog.oid)
      FROM pg_catalog.pg_database AS d LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = {role}
     WHERE d.datname = pg_catalog.current_database()
), added AS (
    UPDATE pg_catalog.pg_db_role_setting AS s SET setconfig = s.setconfig || {setting}::text
      FROM given AS g WHERE s.setdatabase = g.db AND s.setrole = g.role RETURNING 1
)
INSERT INTO pg_catalog.pg_db_role_setting (setdatabase, setrole, setconfig)
SELECT g.db, g.role, ARRAY[{setting}::text] FROM given AS g WHERE NOT EXISTS (SELECT FROM added)
"""
UNKNOWN = (psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject)
"""What a server says of a setting, or a value, that it does not know."""


def write_for_role(connection: Connection, facets: Facets) -> None:
    """Write what ALTER ROLE … SET would.

    facets: of the setting.
    connection: a superuser's.
    """
    role = str(facets["role"]) if "role" in facets else None
    _write(connection, role, str(facets["setting"]), str(facets["value"]), everywhere=True)


def write_unread(connection: Connection, statement: str, error: psycopg.Error) -> None:
    """Write what ALTER DATABASE … SET or ALTER ROLE … IN DATABASE … SET would; else raise the error.

    connection: a superuser's, to the database.
    """
    match = _SETTING.fullmatch(statement)
    if match is None or not isinstance(error, UNKNOWN):
        raise error
    role = None if match["role"] is None else _unquoted(match["role"], '"')
    name, value = _unquoted(match["name"], '"'), _unquoted(match["value"], "'")
    _write(connection, role, name, value, everywhere=False)


def _write(connection: Connection, role: str | None, name: str, value: str, *, everywhere: bool) -> None:
    query = sql.SQL(_WRITTEN).format(
        everywhere=sql.Literal(everywhere), role=sql.Literal(role), setting=sql.Literal(f"{name}={value}")
    )
    connection.execute(query)


def _unquoted(text: str, quote: str) -> str:
    return text[1:-1].replace(quote * 2, quote) if text.startswith(quote) else text
