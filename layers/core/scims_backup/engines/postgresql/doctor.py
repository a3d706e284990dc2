"""What `doctor` looks at in the source, and in the programs of its version; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scims_backup.domain.alert.texts import size
from scims_backup.domain.errors import SourceAccessError
from scims_backup.domain.health import Check, Observed, fine, not_checked, problem
from scims_backup.domain.health_rules import clock_beside, named
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import Connection, connected
from scims_backup.engines.postgresql.connect.libpq import place_of
from scims_backup.engines.postgresql.connect.limits import LARGEST_TEXT, connection_limits, largest_rows
from scims_backup.engines.postgresql.connect.permissions import refuse_unreadable, role_in_force
from scims_backup.engines.postgresql.connect.postgres_errors import CONNECTIONS, SMALLER, translating
from scims_backup.engines.postgresql.dumping.source import supported_major
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.programs.older_programs import older_programs
from scims_backup.engines.postgresql.proving.large_objects import list_unreadable
from scims_backup.engines.postgresql.proving.sequences import list_sequences
from scims_backup.engines.postgresql.proving.tables import read_inventory

_ALLOW = {
    "role": "ALTER ROLE … CONNECTION LIMIT",
    "database": "ALTER DATABASE … CONNECTION LIMIT",
    "server": "raise max_connections",
}
_OWN = "make the backup role a member of their owners' roles, or GRANT SELECT ON LARGE OBJECT … to it"


@dataclass(frozen=True)
class SourceExamination:
    """The looks at one database, each on a connection of its own; implements ports.Examination.

    source: its name.
    address: makes the address, since a secret may be missing.
    programs: the directory that the settings name.
    """

    source: str
    address: Callable[[], Address]
    programs: Path | None
    clock: Callable[[], datetime]

    def checks(self) -> list[Check]:
        """Return the checks in the order in which they run: what others need comes first."""
        connects = Check("connection", self.source, self.connection, needs=("secret",))
        others = (
            ("table-rights", self.source, self.rights),
            ("large-objects", self.source, self.large_objects),
            ("connections", self.source, self.connections),
            ("large-values", self.source, self.values),
            ("clock", "this machine's clock", self.clocks),
            ("pg-dump", "this machine", self.dump_programs),
            ("sandbox-programs", "this machine", self.sandbox_programs),
        )
        return [
            connects,
            *(Check(name, what, look, needs=("connection",)) for name, what, look in others),
        ]

    def connection(self) -> Iterator[Observed]:
        """Connect. Raise SourceError if that fails, or the version is not supported."""
        with self._connected("reading the version") as connection:
            supported_major(connection, self.address())
            version = connection.info.parameter_status("server_version")
            yield fine(f"{place_of(connection)['user']} reads {self.address()}, PostgreSQL {version}")

    def dump_programs(self) -> Iterator[Observed]:
        """Find pg_dump and pg_restore, no older than the server. Raise ToolMissingError."""
        with self._connected("reading the version") as connection:
            found = ClientPrograms.find(supported_major(connection, self.address()), self.programs)
            older = older_programs(connection, found)
        if older is not None:
            yield problem(f"{older.message}; it is in {found.directory}", older.cure)
        else:
            yield fine(f"pg_dump and pg_restore {found.version} in {found.directory}")

    def sandbox_programs(self) -> Iterator[Observed]:
        """Find the server for a drill. Raise ToolMissingError."""
        found = ClientPrograms.find_server(self._major(), self.programs)
        yield fine(f"postgres and initdb {found.version} in {found.directory}")

    def rights(self) -> Iterator[Observed]:
        """Look at the rights to every table and sequence. Raise SourceAccessError that names the others."""
        with self._connected("listing the tables") as connection:
            inventory, sequences = read_inventory(connection), list_sequences(connection)
            refuse_unreadable(role_in_force(connection), inventory, sequences)
        yield fine(f"may read every row; tables: {len(inventory.tables)}, sequences: {len(sequences)}")

    def large_objects(self) -> Iterator[Observed]:
        """Look at the rights to every large object. Raise SourceAccessError that names the others."""
        with self._connected("listing the large objects") as connection:
            count, unreadable = list_unreadable(connection)
            role = role_in_force(connection)
        if unreadable:
            some = f"{len(unreadable)} of {count} large objects: {named(unreadable)}"
            raise SourceAccessError(f"role {role} may not read {some}", _OWN)
        yield fine(f"may read all {count}")

    def connections(self) -> Iterator[Observed]:
        """Look whether role, database and server allow as many connections as a backup opens."""
        with self._connected("asking for the limits of connections") as connection:
            limits = connection_limits(connection)
        few = {
            what: limit for what, limit in vars(limits).items() if limit is not None and limit < CONNECTIONS
        }
        for what, limit in few.items():
            yield problem(
                f"the {what} allows {limit}, but a backup opens up to {CONNECTIONS} at once", _ALLOW[what]
            )
        if not few:
            yield fine(
                f"a backup opens up to {CONNECTIONS} at once, which role, database and server all allow"
            )

    def values(self) -> Iterator[Observed]:
        """Look for rows that PostgreSQL cannot write out, in tables that may hold some."""
        with self._connected("looking for large values") as connection:
            connection.autocommit = True
            found = list(largest_rows(connection))
        for table, largest in found:
            if largest is None:
                yield not_checked("is too large to be scanned here", SMALLER, f"table {table}")
            elif largest > LARGEST_TEXT:
                yield problem(f"its largest row has {size(largest)} as text", SMALLER, f"table {table}")
        if all(largest is not None and largest <= LARGEST_TEXT for _, largest in found):
            yield fine("no row was found that is too large to dump")

    def clocks(self) -> Iterator[Observed]:
        """Hold this machine's clock against the server's, at the middle of the question."""
        with self._connected("asking for the time") as connection:
            asked = self.clock()
            (theirs,) = connection.execute("SELECT pg_catalog.clock_timestamp()").fetchone() or (asked,)
            ours = asked + (self.clock() - asked) / 2
        yield clock_beside(ours, theirs, "the database server's")

    def bytes(self) -> int:
        """The size of the database, indexes and all."""
        size = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"
        with self._connected("asking for the size") as connection:
            (found,) = connection.execute(size).fetchone() or (0,)
        return int(found)

    def _major(self) -> int:
        with self._connected("reading the version") as connection:
            return supported_major(connection, self.address())

    @contextmanager
    def _connected(self, doing: str) -> Iterator[Connection]:
        address = self.address()
        with connected(address) as connection, translating(f"{doing} of {address}"):
            connection.read_only = True
            yield connection
