"""Roles as a proof describes them, as statements; passwords are in no proof and no archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from psycopg import sql

from scims_backup.engines.postgresql.rules.names import unquoted
from scims_backup.engines.postgresql.rules.proof import Facets, Proof

Connection = psycopg.Connection[tuple[Any, ...]]

_ATTRIBUTES = ("superuser", "inherit", "createrole", "createdb", "login", "replication", "bypassrls")
_GRANT_OPTIONS_SINCE = 16
# these settings are lists whose elements ALTER ROLE would quote as one
_LISTS = ("search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries")


def roles_of(proof: Proof, *, bootstrap: bool = False) -> Iterator[tuple[str, Facets]]:
    """Yield the roles, but for the server's own, by their names as they are.

    bootstrap: the source's first superuser too, which a server that was made for it has by another way.
    """
    for name, facets in proof.schema.get("role", {}).items():
        role = unquoted(name)
        if (bootstrap or role != proof.server.bootstrap_role) and not role.startswith("pg_"):
            yield role, facets


def create_role(role: str, facets: Facets) -> sql.Composed:
    """The statement that creates a role."""
    words = [
        attribute.upper() if facets[attribute] else f"NO{attribute.upper()}" for attribute in _ATTRIBUTES
    ]
    statement = sql.SQL("CREATE ROLE {} WITH {} CONNECTION LIMIT {}").format(
        sql.Identifier(role), sql.SQL(" ".join(words)), sql.Literal(facets["connection_limit"])
    )
    if facets["valid_until"] is not None:
        statement += sql.SQL(" VALID UNTIL {}").format(sql.Literal(facets["valid_until"]))
    return statement


def grant_role(facets: Facets, major: int) -> sql.Composed:
    """The statement that makes a role a member of another. major: of the server."""
    options = {"ADMIN": facets["admin"]}
    if major >= _GRANT_OPTIONS_SINCE and facets["inherit"] is not None:
        options |= {"INHERIT": facets["inherit"], "SET": facets["set"]}
        words = " WITH " + ", ".join(
            f"{name} {'TRUE' if value else 'FALSE'}" for name, value in options.items()
        )
    else:
        words = " WITH ADMIN OPTION" if facets["admin"] else ""
    role, member, grantor = (sql.Identifier(str(facets[key])) for key in ("role", "member", "grantor"))
    statement = sql.SQL("GRANT {} TO {}").format(role, member) + sql.SQL(words)
    return statement + sql.SQL(" GRANTED BY {}").format(grantor) if facets["grantor"] else statement


def grant_all(connection: Connection, memberships: Iterable[Facets]) -> tuple[Facets, psycopg.Error] | None:
    """Grant in whatever order works: a grantor must have been granted its right to do so before.

    Return what is refused however often it is tried, and why; None if all is granted.
    """
    major = connection.info.server_version // 10000
    waiting = list(memberships)
    while waiting:
        refused = [(facets, error) for facets in waiting if (error := _refused(connection, facets, major))]
        if len(refused) == len(waiting):
            return refused[0]
        waiting = [facets for facets, _ in refused]
    return None


def _refused(connection: Connection, facets: Facets, major: int) -> psycopg.Error | None:
    try:
        connection.execute(grant_role(facets, major))
    except psycopg.Error as error:
        return error
    return None


def set_for_role(connection: Connection, facets: Facets) -> None:
    """Run the statement that gives a role a setting, in the connection's own transaction."""
    role = sql.Identifier(str(facets["role"])) if "role" in facets else sql.SQL("ALL")
    setting = sql.Identifier(str(facets["setting"]))
    if facets["setting"] in _LISTS:
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [facets["setting"], facets["value"]])
        connection.execute(sql.SQL("ALTER ROLE {} SET {} FROM CURRENT").format(role, setting))
    else:
        value = sql.Literal(facets["value"])
        connection.execute(sql.SQL("ALTER ROLE {} SET {} TO {}").format(role, setting, value))
