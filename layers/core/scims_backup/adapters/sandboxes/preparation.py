"""Making a fresh cluster resemble the source: its roles, and what its template holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from scims_backup.adapters.postgres.failures import reason
from scims_backup.adapters.postgres.role_statements import create_role, grant_all, roles_of, set_for_role
from scims_backup.adapters.postgres.template_changes import template_changes
from scims_backup.adapters.sandboxes.cluster import MADE_BY_INITDB, Cluster
from scims_backup.domain.errors import SandboxError
from scims_backup.domain.proof import Proof

_TEMPLATE = "template0"
_SETTINGS = ("role-setting", "all-roles-setting")

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
                    set_for_role(connection, facets)


def _create_roles(connection: Connection, like: Proof) -> None:
    for role, facets in roles_of(like):
        with _doing(f"creating role {role}"):
            connection.execute(create_role(role, facets))


def _grant_memberships(connection: Connection, like: Proof) -> None:
    refused = grant_all(connection, like.schema.get("role-membership", {}).values())
    if refused is not None:
        facets, error = refused
        raise _failure(f"granting role {facets['role']} to {facets['member']}", error)


def _prepare_template(cluster: Cluster, like: Proof) -> None:
    """Give template0 what no archive says: that something was dropped, or who owns schema public."""
    statements = list(template_changes(like))
    if not statements:
        return
    _allow_connections(cluster, allowed=True)
    with _connected(cluster, _TEMPLATE) as connection, _doing("preparing template0"):
        for statement in statements:
            connection.execute(statement)
    _allow_connections(cluster, allowed=False)


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
