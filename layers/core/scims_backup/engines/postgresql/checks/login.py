"""Whether the application's role can log in."""

from __future__ import annotations

import psycopg

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.checks.read_only import Outcomes
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.encodings import speak
from scims_backup.engines.postgresql.connect.libpq import opened, place_of
from scims_backup.engines.postgresql.connect.postgres_errors import reason
from scims_backup.engines.postgresql.rules.names import quoted
from scims_backup.engines.postgresql.rules.proof import Proof

_KIND = "role-cannot-log-in"
_RIGHTS = """
SELECT r.rolcanlogin, r.rolconnlimit <> 0, COALESCE(r.rolvaliduntil > pg_catalog.now(), true),
       pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')
  FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
 WHERE r.rolname = %s AND d.datname = pg_catalog.current_database()
"""
_WRONG = (
    "it is NOLOGIN",
    "its connection limit is 0",
    "its password has expired",
    "it has no CONNECT on the database",
)


def check(
    connection: Connection, address: Address, expected: Proof, role: str, *, trusts_everybody: bool
) -> Outcomes:
    """Read the role's rights, and in a sandbox log in as it, which needs no password there."""
    what = f"role {quoted(role)}"
    rights = connection.execute(_RIGHTS, [role]).fetchone()
    if rights is None:
        in_source = (
            "the source has it"
            if quoted(role) in expected.schema.get("role", {})
            else "the source does not have it either"
        )
        yield Finding(_KIND, what, "it can log in", f"the role does not exist here; {in_source}")
        return
    wrong = [text for text, right in zip(_WRONG, rights, strict=True) if not right]
    if wrong:
        yield Finding(_KIND, what, "it can log in", ", ".join(wrong))
    elif trusts_everybody:
        yield from _log_in(address, role, what)
    elif place_of(connection)["user"] != role:
        yield NotChecked(
            f"log-in of {what}", "its rights allow it; its password is unknown here, so log-in was not tried"
        )


def _log_in(address: Address, role: str, what: str) -> Outcomes:
    try:
        with opened(**address.with_parameters(user=role).connect_arguments()) as connection:
            speak(connection)
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        yield Finding(_KIND, what, "it can log in", reason(error))
