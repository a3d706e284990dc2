"""Say whether two definitions that are written differently mean the same.

A restore parses every definition again, and some are printed differently from then on, such as
`IN ('a', 'b')` on a varchar column. So the source's text is parsed once more here: printed again, it must
equal what was found.
"""

from __future__ import annotations

import psycopg
from psycopg import errors

from scims_backup.domain.errors import SourceAccessError
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.postgres_errors import reason, translated
from scims_backup.engines.postgresql.proving.reparsing import REPARSERS, Text
from scims_backup.engines.postgresql.schema.event_triggers import silence

_SESSION = """
SELECT set_config('quote_all_identifiers', 'off', true), set_config('check_function_bodies', 'off', true),
       set_config('default_tablespace', '', true), set_config('default_table_access_method', 'heap', true),
       set_config('search_path', '', true)
"""
_UNDECIDED = (
    "definitions that are printed differently cannot be re-parsed to check whether they are equivalent"
)
_TEMPORARY = "compare as a role with TEMPORARY on the database, on a server that is not a standby"


def same_meaning(connection: Connection, kind: str, name: str, facet: str, expected: str, found: str) -> bool:
    """Parse the source's text on temporary objects, which are rolled back, and compare what is printed.

    connection: to the database where `found` was read, outside of a read-only transaction.
    False also where the text cannot be parsed here. Raise SourceAccessError where nothing can be parsed: the
    role may create no temporary objects, or the server is a standby. SourceError if the connection fails.
    """
    reparse = REPARSERS.get((kind, facet))
    if reparse is None:
        return False
    try:
        with connection.transaction(force_rollback=True):
            _allow_writing(connection)
            connection.execute(_SESSION)
            silence(connection)
            return reparse(connection, Text(name, expected, found)) == found
    except errors.InsufficientPrivilege as error:
        raise SourceAccessError(f"{_UNDECIDED}: {reason(error)}", _TEMPORARY) from None
    except psycopg.OperationalError as error:
        raise translated(error, f"parsing the {facet} of {kind} {name} again") from None
    except psycopg.Error:
        return False  # the source's text has no meaning here: the difference stands


def _allow_writing(connection: Connection) -> None:
    """Let temporary objects be made; the database's own default may be otherwise."""
    try:
        connection.execute("SET TRANSACTION READ WRITE")
    except psycopg.Error as error:
        raise SourceAccessError(f"{_UNDECIDED}: {reason(error)}", _TEMPORARY) from None
