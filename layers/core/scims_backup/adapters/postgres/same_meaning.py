"""Say whether two definitions that are written differently mean the same.

A restore parses every definition anew, and some are printed otherwise from then on, such as `IN ('a', 'b')`
on a varchar column. So the source's text is parsed once more here: printed again, it must read as what was
found.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from scims_backup.adapters.postgres.connection import Connection
from scims_backup.adapters.postgres.failures import translated
from scims_backup.adapters.postgres.reparsing import REPARSERS, Text

_SESSION = """
SELECT set_config('quote_all_identifiers', 'off', true), set_config('check_function_bodies', 'off', true),
       set_config('default_tablespace', '', true), set_config('default_table_access_method', 'heap', true),
       set_config('search_path', '', true)
"""
_IS_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_FIRING = "SELECT evtname FROM pg_event_trigger WHERE evtenabled <> 'D'"


def same_meaning(connection: Connection, kind: str, name: str, facet: str, expected: str, found: str) -> bool:
    """Parse the source's text on temporary objects, which are rolled back, and compare what is printed.

    connection: to the database where `found` was read, outside of a read-only transaction.
    False also where the text cannot be parsed here, or the role may not create temporary objects.
    Raise SourceError if the connection fails.
    """
    reparse = REPARSERS.get((kind, facet))
    if reparse is None:
        return False
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION READ WRITE")  # the database's own default may be otherwise
            connection.execute(_SESSION)
            _silence_event_triggers(connection)
            return reparse(connection, Text(name, expected, found)) == found
    except psycopg.OperationalError as error:
        raise translated(error, f"parsing the {facet} of {kind} {name} again") from None
    except psycopg.Error:
        return False  # the source's text has no meaning here: the difference stands


def _silence_event_triggers(connection: Connection) -> None:
    """Keep the database's own event triggers from refusing temporary objects; only superusers can."""
    ((superuser,),) = connection.execute(_IS_SUPERUSER)
    if superuser:
        for (name,) in connection.execute(_FIRING).fetchall():
            connection.execute(sql.SQL("ALTER EVENT TRIGGER {} DISABLE").format(sql.Identifier(name)))
