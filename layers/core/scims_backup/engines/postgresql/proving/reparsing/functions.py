"""Parse a function's arguments or body once more, on a temporary one, and print them as the proof does."""

from __future__ import annotations

import psycopg

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.proving.reparsing.stand_in import Text, fetched, run_one, verbatim
from scims_backup.engines.postgresql.rules.names import qualified

_FUNCTIONS = """
SELECT pg_get_functiondef(p.oid), quote_ident(n.nspname), quote_ident(p.proname),
       '(' || coalesce((SELECT string_agg(format_type(u.type, NULL), ', ' ORDER BY u.place)
                          FROM unnest(p.proargtypes) WITH ORDINALITY AS u (type, place)), '') || ')'
  FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname = %s AND p.proname = %s AND p.prokind <> 'a'
"""
_ARGUMENTS = "SELECT pg_get_function_arguments(oid) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()"
_SQL_BODY = "SELECT pg_get_function_sqlbody(oid) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()"


def arguments(connection: Connection, text: Text) -> str:
    """Print a function's arguments with their defaults."""
    run_one(connection, verbatim(_temporary(connection, text)))
    (printed,) = fetched(connection, _ARGUMENTS)
    return str(printed)


def sql_body(connection: Connection, text: Text) -> str:
    """Print a body in the SQL standard's style; it is not run."""
    run_one(connection, verbatim(_temporary(connection, text)))
    (printed,) = fetched(connection, _SQL_BODY)
    return str(printed)


def _temporary(connection: Connection, text: Text) -> str:
    """The definition of the function that is here, as a temporary one with the source's text in its place.

    It keeps its name, by which its body may call its parameters.
    """
    schema, function = text.parts
    argument_types = text.name.removeprefix(qualified(schema, function))
    for definition, namespace, name, types in connection.execute(_FUNCTIONS, (schema, function)):
        if types == argument_types:
            again = str(definition).replace(f"{namespace}.{name}(", f"pg_temp.{name}(", 1)
            return again.replace(text.found, text.expected, 1)
    raise psycopg.ProgrammingError(f"not found here: function {text.name}")
