"""Owners on a server without a superuser: whoever is to own an object must be allowed to create it there.

In the source a superuser gave it to them, or their right was revoked since. So while an archive is restored,
they are members of a role that may create in the database and its schemas, and inherit its rights. It is gone
before anything is proven.
"""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets.role_statements import roles_of
from scims_backup.engines.postgresql.targets.server import Connection
from scims_backup.engines.postgresql.targets.target_errors import targeting

_CREATOR_NAME = "scims_drill_creator"
_CREATOR = sql.Identifier(_CREATOR_NAME)
_WHERE_IT_MAY_CREATE = """
SELECT n.nspname, o.rolname
  FROM pg_catalog.pg_namespace AS n
  JOIN pg_catalog.pg_roles AS o ON o.oid = n.nspowner
 CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS g
  JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee
 WHERE r.rolname = %s
"""


def join(connection: Connection, roles: Collection[str]) -> None:
    """Become a member of roles, who will own what the archive brings, and make them one of a role of ours."""
    with targeting("preparing the owners of what is restored"):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(_CREATOR))
        for role in map(sql.Identifier, roles):
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
            connection.execute(sql.SQL("GRANT {} TO {}").format(_CREATOR, role))


def let_create(connection: Connection, like: Proof) -> None:
    """Let the owners create in a new database, its schema public if the source has one, and those to come.

    connection: to that database.
    """
    database = sql.Identifier(connection.info.dbname)
    with targeting("preparing the owners of what is restored"):
        connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, _CREATOR))
        connection.execute(sql.SQL("ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO {}").format(_CREATOR))
        if "public" in like.schema.get("schema", {}):
            connection.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(_CREATOR))


def no_longer(connection: Connection, like: Proof, created: Collection[str]) -> None:
    """Take that back, so that the owners have what they had. connection: to the restored database."""
    with targeting("taking back what the restore needed"):
        for schema, owner in connection.execute(_WHERE_IT_MAY_CREATE, [_CREATOR_NAME]).fetchall():
            _take_back(connection, schema, owner)
        connection.execute(sql.SQL("DROP OWNED BY {}").format(_CREATOR))
        connection.execute(sql.SQL("DROP ROLE {}").format(_CREATOR))
        for role, facets in roles_of(like, bootstrap=True):
            if role in created and not facets["inherit"]:
                connection.execute(sql.SQL("ALTER ROLE {} NOINHERIT").format(sql.Identifier(role)))


def _take_back(connection: Connection, schema: str, owner: str) -> None:
    """Take the right to create in a schema back as its owner.

    As ourselves we may act for whichever of our roles has grant options there, and that one granted nothing.
    """
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner)))
        revoke = sql.SQL("REVOKE CREATE ON SCHEMA {} FROM {}")
        connection.execute(revoke.format(sql.Identifier(schema), _CREATOR))
