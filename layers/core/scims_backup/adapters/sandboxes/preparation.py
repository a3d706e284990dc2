"""Making a fresh cluster resemble the source: its roles, and what its template holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from scims_backup.adapters.postgres.failures import reason
from scims_backup.adapters.sandboxes.cluster import MADE_BY_INITDB, Cluster
from scims_backup.domain.errors import SandboxError
from scims_backup.domain.proof import Facets, Proof

_TEMPLATE = "template0"
_ATTRIBUTES = ("superuser", "inherit", "createrole", "createdb", "login", "replication", "bypassrls")
_SETTINGS = ("role-setting", "all-roles-setting")
_GRANT_OPTIONS_SINCE = 16
_DUMPS_OWNER_OF_PUBLIC_SINCE = 15
# these settings are lists whose elements ALTER ROLE would quote as one
_LISTS = ("search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries")

Connection = psycopg.Connection[tuple[Any, ...]]


def prepare(cluster: Cluster, like: Proof) -> None:
    """Create the source's roles, and make room for its database. Raise SandboxError."""
    with _connected(cluster, "postgres") as connection:
        _create_roles(connection, like)
        _grant_memberships(connection, like)
    _prepare_template(cluster, like)
    _remove_namesake(cluster, like.server.database)


def apply_role_settings(cluster: Cluster, like: Proof) -> None:
    """Apply ALTER ROLE … SET, which could have disturbed the restore. Raise SandboxError.

    A setting whose value the proof does not keep is left out.
    """
    settings = [facets for kind in _SETTINGS for facets in like.schema.get(kind, {}).values()]
    with _connected(cluster, cluster.maintenance_database) as connection:
        for facets in settings:
            if "value" in facets:
                with _doing(f"setting {facets['setting']} of a role"), connection.transaction():
                    _set_for_role(connection, facets)


def _create_roles(connection: Connection, like: Proof) -> None:
    for name, facets in like.schema.get("role", {}).items():
        role = _raw(name)
        if role == like.server.bootstrap_role or role.startswith("pg_"):
            continue
        with _doing(f"creating role {name}"):
            connection.execute(_create_role(role, facets))


def _create_role(role: str, facets: Facets) -> sql.Composed:
    words = [
        attribute.upper() if facets[attribute] else f"NO{attribute.upper()}" for attribute in _ATTRIBUTES
    ]
    statement = sql.SQL("CREATE ROLE {} WITH {} CONNECTION LIMIT {}").format(
        sql.Identifier(role), sql.SQL(" ".join(words)), sql.Literal(facets["connection_limit"])
    )
    if facets["valid_until"] is not None:
        statement += sql.SQL(" VALID UNTIL {}").format(sql.Literal(facets["valid_until"]))
    return statement


def _raw(name: str) -> str:
    """A role's name as it is, from the proof's quoted one."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _grant_memberships(connection: Connection, like: Proof) -> None:
    """Grant in whatever order works: a grantor must have been granted its right to do so before."""
    waiting = list(like.schema.get("role-membership", {}).values())
    while waiting:
        refused = [facets for facets in waiting if not _granted(connection, facets, like.server.major)]
        if len(refused) == len(waiting):
            first = refused[0]
            with _doing(f"granting role {first['role']} to {first['member']}"):
                connection.execute(_grant(first, like.server.major))
        waiting = refused


def _granted(connection: Connection, facets: Facets, major: int) -> bool:
    try:
        connection.execute(_grant(facets, major))
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise _failure(f"granting role {facets['role']}", error) from None
        return False
    return True


def _grant(facets: Facets, major: int) -> sql.Composed:
    options = {"ADMIN": facets["admin"]}
    if major >= _GRANT_OPTIONS_SINCE:
        options |= {"INHERIT": facets["inherit"], "SET": facets["set"]}
        words = " WITH " + ", ".join(
            f"{name} {'TRUE' if value else 'FALSE'}" for name, value in options.items()
        )
    else:
        words = " WITH ADMIN OPTION" if facets["admin"] else ""
    role, member, grantor = (sql.Identifier(str(facets[key])) for key in ("role", "member", "grantor"))
    statement = sql.SQL("GRANT {} TO {}").format(role, member) + sql.SQL(words)
    return statement + sql.SQL(" GRANTED BY {}").format(grantor) if facets["grantor"] else statement


def _set_for_role(connection: Connection, facets: Facets) -> None:
    role = sql.Identifier(str(facets["role"])) if "role" in facets else sql.SQL("ALL")
    setting = sql.Identifier(str(facets["setting"]))
    if facets["setting"] in _LISTS:
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [facets["setting"], facets["value"]])
        connection.execute(sql.SQL("ALTER ROLE {} SET {} FROM CURRENT").format(role, setting))
    else:
        value = sql.Literal(facets["value"])
        connection.execute(sql.SQL("ALTER ROLE {} SET {} TO {}").format(role, setting, value))


def _prepare_template(cluster: Cluster, like: Proof) -> None:
    """Give template0 what no archive says: that something was dropped, or who owns schema public."""
    statements = list(_template_changes(like))
    if not statements:
        return
    _allow_connections(cluster, allowed=True)
    with _connected(cluster, _TEMPLATE) as connection, _doing("preparing template0"):
        for statement in statements:
            connection.execute(statement)
    _allow_connections(cluster, allowed=False)


def _template_changes(like: Proof) -> Iterator[sql.SQL | sql.Composed]:
    public = like.schema.get("schema", {}).get("public")
    if public is None:
        yield sql.SQL("DROP SCHEMA public")
    elif like.server.major < _DUMPS_OWNER_OF_PUBLIC_SINCE and "owner" in public:
        yield sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(str(public["owner"])))
    if "plpgsql" not in like.schema.get("extension", {}):
        yield sql.SQL("DROP EXTENSION plpgsql")


def _allow_connections(cluster: Cluster, *, allowed: bool) -> None:
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with _connected(cluster, "postgres") as connection, _doing("preparing template0"):
        connection.execute(statement.format(sql.Identifier(_TEMPLATE), sql.Literal(allowed)))


def _remove_namesake(cluster: Cluster, database: str) -> None:
    """The archive creates its database, which initdb may have made already under that name."""
    if database not in MADE_BY_INITDB:
        return
    drop = sql.SQL("DROP DATABASE {}").format(sql.Identifier(database))
    with _connected(cluster, cluster.maintenance_database) as connection, _doing(f"dropping {database}"):
        connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(database)))
        connection.execute(drop)


@contextmanager
def _connected(cluster: Cluster, database: str) -> Iterator[Connection]:
    with _doing(f"connecting to {database}"):
        connection = cluster.connection(database)
    with connection:
        yield connection


@contextmanager
def _doing(what: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise _failure(what, error) from None


def _failure(what: str, error: psycopg.Error) -> SandboxError:
    return SandboxError(
        f"the sandbox does not take what the source has: {what}: {reason(error)}",
        "the sandbox needs the source's PostgreSQL version, extensions, libraries and locales",
    )
