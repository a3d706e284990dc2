"""Making room in a fresh cluster for a database that is called as the source's is."""

from __future__ import annotations

import psycopg
from psycopg import sql

from scims_backup.domain.errors import SandboxError
from scims_backup.engines.postgresql.connect.postgres_errors import reason
from scims_backup.engines.postgresql.sandbox.cluster import MADE_BY_INITDB, Cluster


def remove_namesake(cluster: Cluster) -> None:
    """Drop the database that initdb made under the source's name, if it did. Raise SandboxError."""
    name = cluster.like.database
    if name not in MADE_BY_INITDB:
        return
    database = sql.Identifier(name)
    try:
        with cluster.connection(cluster.maintenance_database) as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(database))
            connection.execute(sql.SQL("DROP DATABASE {}").format(database))
    except psycopg.Error as error:
        raise SandboxError(f"dropping {name} in the sandbox: {reason(error)}", "drill again") from None
