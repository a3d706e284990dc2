"""The settings of pg_dump's session, which can be given only when it connects, and what they became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import settable
from scims_backup.engines.postgresql.connect.encodings import database_encoding, speak
from scims_backup.engines.postgresql.connect.libpq import opened
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.connect.session_settings import DUMPING, LOGIN, as_options
from scims_backup.engines.postgresql.dumping.snapshot import HeldSnapshot

_FOUND = """
SELECT pg_catalog.lower(name), setting FROM pg_catalog.pg_settings
 WHERE pg_catalog.lower(name) OPERATOR(pg_catalog.=) ANY (%s)
UNION ALL SELECT 'role', pg_catalog.current_setting('role')
"""


@dataclass(frozen=True)
class DumpSession:
    """How pg_dump connects.

    encoding: of the archive, which is the database's own, so that nothing is converted
    unpinned: settings that could not be given to it, with the value that they have there instead
    """

    address: Address
    encoding: str
    unpinned: Mapping[str, str]

    def warnings(self) -> Sequence[str]:
        """What may have been written otherwise than it will be read, setting by setting."""
        return [
            f"pg_dump's session has {name} = {value!r}, not {DUMPING[name].value!r} ({DUMPING[name].why}): "
            "a pooler or the role's rights prevent setting it there. Connect to the server directly, or "
            "set it with ALTER ROLE … IN DATABASE … SET"
            for name, value in self.unpinned.items()
        ]


def dump_session(held: HeldSnapshot) -> DumpSession:
    """Find out what pg_dump's session can be given. Raise SourceError if there is no connection."""
    names = settable(held.exporter, DUMPING)
    wanted = {name: DUMPING[name].value for name in (*LOGIN, *names)}
    given = held.address.parameters.get("options", "")
    pinned = held.address.with_parameters(options=f"{given} {as_options(wanted)}".strip())
    encoding = database_encoding(held.exporter)
    try:
        found = _settings(pinned)
    except psycopg.OperationalError:  # a pooler may refuse options, where all else is as it should be
        with translating(f"connecting to {held.address}"):
            return DumpSession(held.address, encoding, _unlike(_settings(held.address)))
    return DumpSession(pinned, encoding, _unlike(found))


def _settings(address: Address) -> Mapping[str, str]:
    with opened(application_name="scims-backup", **address.connect_arguments()) as connection:
        speak(connection)
        return dict(connection.execute(_FOUND, [list(DUMPING)]).fetchall())


def _unlike(found: Mapping[str, str]) -> dict[str, str]:
    return {
        name: found[name]
        for name, pin in DUMPING.items()
        if pin.matters and found.get(name, pin.value) != pin.value
    }
