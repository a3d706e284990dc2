"""What a sandbox must resemble: version, encoding, locale, the bootstrap role and extension versions."""

from __future__ import annotations

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.session_settings import EVALUATED
from scims_backup.engines.postgresql.rules.proof import Server, evaluated_by

_SERVER = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_database(),
       pg_encoding_to_char(d.encoding), (SELECT rolname FROM pg_roles WHERE oid = 10), to_jsonb(d)
  FROM pg_database AS d
 WHERE d.datname = current_database()
"""
_EXTENSIONS = "SELECT extname, extversion FROM pg_extension ORDER BY extname"
_PRELOADED = "SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries' AND setting <> ''"
# reset_val is what a session begins with, whatever we have set since
_EVALUATED = """
SELECT pg_catalog.lower(name), reset_val FROM pg_catalog.pg_settings WHERE pg_catalog.lower(name) = ANY (%s)
"""
_FACTS = {
    "lc_collate": ("datcollate",),
    "lc_ctype": ("datctype",),
    "locale_provider": ("datlocprovider",),
    "locale": ("datlocale", "daticulocale"),
    "icu_rules": ("daticurules",),
    "collation_version": ("datcollversion",),
}
"""Fact → the column of pg_database that has it; names differ between majors."""


def read_server(connection: Connection) -> Server:
    """Read what a sandbox must resemble, in the connection's own transaction."""
    ((version, number, name, encoding, bootstrap_role, database),) = connection.execute(_SERVER)
    facts = {
        fact: str(database[column])
        for fact, columns in _FACTS.items()
        for column in columns
        if database.get(column) is not None
    }
    # who may not know what is preloaded gets no row
    preloaded = connection.execute(_PRELOADED).fetchone()
    facts |= {"shared_preload_libraries": preloaded[0]} if preloaded else {}
    facts |= {f"extension {name}": version for name, version in connection.execute(_EXTENSIONS)}
    facts |= {evaluated_by(name): value for name, value in connection.execute(_EVALUATED, [list(EVALUATED)])}
    return Server(version, number, name, encoding, bootstrap_role, facts)
