"""Which server and database answer: a name, or a variable, may lead a second connection elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from scims_backup.domain.errors import OtherServerError

_MAY_SEE = "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
_CLUSTER = "SELECT system_identifier FROM pg_catalog.pg_control_system()"
# the session's search_path is still the database's: not even an operator is named without its schema
_HERE = """
SELECT (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time())
           OPERATOR(pg_catalog.*) 1000000::pg_catalog.numeric)::pg_catalog.int8,
       pg_catalog.pg_is_in_recovery(), d.oid
  FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
"""
_CURE = "nothing was proven: use an address that always leads to the same server, then try again"


@dataclass(frozen=True)
class Identity:
    """Who answers, each part None where it is not known.

    cluster: what initdb gave the server, which a standby of it shares
    started: when the server was, in microseconds. All are numbers: before a session is pinned, its texts have
        any encoding
    """

    cluster: int | None
    started: int | None = None
    standby: bool | None = None
    oid: int | None = None


def identity_of(connection: psycopg.Connection[Any]) -> Identity:
    """Ask a server who it is; a role may be forbidden to see the cluster's name."""
    ((may_see,),) = connection.execute(_MAY_SEE)
    cluster = next((found for (found,) in connection.execute(_CLUSTER)), None) if may_see else None
    ((started, standby, oid),) = connection.execute(_HERE)
    return Identity(cluster, started, standby, oid)


def refuse_other(connection: psycopg.Connection[Any], expected: Identity) -> None:
    """Raise OtherServerError unless a connection leads to the very server and database that is expected.

    A database that was renamed is the same. Where the cluster's name may not be seen, the moment when its
    server was started tells it from others.
    """
    found = identity_of(connection)
    if expected.cluster is not None and found.cluster != expected.cluster:
        raise OtherServerError(f"{_called(connection)} is on a different server than intended", _CURE)
    if expected.started is not None and found.started != expected.started:
        raise OtherServerError(
            f"the server of {_called(connection)} is a different one than before, or was restarted", _CURE
        )
    if expected.standby is not None and found.standby != expected.standby:
        raise OtherServerError(f"{_called(connection)} has switched between primary and standby", _CURE)
    if expected.oid is not None and found.oid != expected.oid:
        raise OtherServerError(
            f"{_called(connection)} is not the database that was created under that name",
            "nothing was proven: make sure that nobody else creates databases of that name, then try again",
        )


def _called(connection: psycopg.Connection[Any]) -> str:
    return f"database {connection.pgconn.db.decode(errors='replace')}"
