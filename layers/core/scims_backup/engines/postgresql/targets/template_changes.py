"""What no archive says of a new database: that something was dropped in it, or who owns schema public."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from scims_backup.engines.postgresql.rules.proof import Proof

_DUMPS_OWNER_OF_PUBLIC_SINCE = 15


def template_changes(like: Proof) -> Iterator[sql.SQL | sql.Composed]:
    """Yield the statements that make a copy of template0 what the source's database was created as."""
    public = like.schema.get("schema", {}).get("public")
    if public is None:
        yield sql.SQL("DROP SCHEMA public")
    elif like.server.major < _DUMPS_OWNER_OF_PUBLIC_SINCE and "owner" in public:
        yield sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(str(public["owner"])))
    if "plpgsql" not in like.schema.get("extension", {}):
        yield sql.SQL("DROP EXTENSION plpgsql")
