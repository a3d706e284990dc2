"""Owners on a server without a superuser: whoever is to own an object must be allowed to create it there.

In the source a superuser gave it to them, or their right was revoked since. So while an archive is restored,
they are members of a role that may create in schema public; it is gone before anything is proven.
"""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets.server import Connection
from scims_backup.engines.postgresql.targets.target_errors import targeting

_CREATOR = sql.Identifier("scims_drill_creator")


def join(connection: Connection, roles: Collection[str]) -> None:
    """Become a member of roles, who will own what the archive brings, and let them create in public."""
    with targeting("preparing the owners of what is restored"):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(_CREATOR))
        for role in map(sql.Identifier, roles):
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
            connection.execute(sql.SQL("GRANT {} TO {}").format(_CREATOR, role))


def let_create(connection: Connection, like: Proof) -> None:
    """Let the owners create in schema public, if the source has one. connection: to the new database."""
    if "public" in like.schema.get("schema", {}):
        with targeting("preparing schema public"):
            connection.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(_CREATOR))


def no_longer(connection: Connection) -> None:
    """Take that back, so that the owners have what they had. connection: to the restored database."""
    with targeting("taking back what the restore needed"):
        connection.execute(sql.SQL("DROP OWNED BY {}").format(_CREATOR))
        connection.execute(sql.SQL("DROP ROLE {}").format(_CREATOR))
