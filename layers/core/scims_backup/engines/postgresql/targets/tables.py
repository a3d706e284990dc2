"""Chosen tables of a backup: restored into a database beside the live one, then moved into a schema of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from scims_backup.adapters.processes.watched import Child
from scims_backup.domain.errors import TargetError
from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.connect.bytes_as_text import text_of
from scims_backup.engines.postgresql.connect.connection import connected
from scims_backup.engines.postgresql.connect.postgres_errors import scrubbed
from scims_backup.engines.postgresql.proving.rows import read_rows
from scims_backup.engines.postgresql.proving.tables import Unit, read_inventory
from scims_backup.engines.postgresql.rules.chosen_tables import Chosen, differences
from scims_backup.engines.postgresql.rules.proof import Proof, Rows
from scims_backup.engines.postgresql.targets.begin_restore import Begun, begun
from scims_backup.engines.postgresql.targets.contents import rows_by_table
from scims_backup.engines.postgresql.targets.loading import Loading
from scims_backup.engines.postgresql.targets.server import Connection, TargetServer
from scims_backup.engines.postgresql.targets.server_options import cleaned
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.ports import Progress

_FAMILY = """
SELECT n.nspname, c.relname, c.relkind::text
  FROM pg_catalog.pg_class AS named JOIN pg_catalog.pg_namespace AS s ON s.oid = named.relnamespace
 CROSS JOIN LATERAL (SELECT named.oid
                      UNION SELECT relid::oid FROM pg_catalog.pg_partition_tree(named.oid)) AS f (oid)
  JOIN pg_catalog.pg_class AS c ON c.oid = f.oid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE s.nspname = %s AND named.relname = %s
"""
_SEQUENCES = """
SELECT n.nspname, q.relname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
  JOIN pg_catalog.pg_depend AS d ON d.refobjid = c.oid AND d.deptype IN ('a', 'i')
  JOIN pg_catalog.pg_class AS q ON q.oid = d.objid AND q.relkind = 'S'
  JOIN pg_catalog.pg_namespace AS n ON n.oid = q.relnamespace
 WHERE s.nspname = %s AND c.relname = %s
"""
_IN_ITS_ENCODING = "SELECT pg_catalog.convert_to(%s, pg_catalog.getdatabaseencoding())"
_HAS_SCHEMA = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = %s"

Name = tuple[str, str]


@contextmanager
def building_tables(
    server: TargetServer, directory: Path | None, like: Proof, chosen: Chosen, progress: Progress
) -> Iterator[PostgresTableBuilding]:
    """Create a database for chosen tables; it is dropped at the end.

    directory: of PostgreSQL's programs, None to search for them. Raise TargetError, also if the live
    database has a schema of that name.
    """
    _refuse_taken(server, chosen.schema)
    with begun(server, directory, like, progress) as new:
        building = PostgresTableBuilding(new, chosen, like, progress)
        try:
            yield building
        finally:
            building.stop()


class PostgresTableBuilding:
    """A database with all definitions of a backup, but only the chosen tables' rows."""

    def __init__(self, new: Begun, chosen: Chosen, like: Proof, progress: Progress) -> None:
        self._tools, self._name, self._chosen, self._like = new.tools, new.name, chosen, like
        self._tables: list[Name] = []
        self._loading = Loading(
            new.tools, new.name, self._share, progress, rows_by_table(like), spooled=False
        )

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes. Raise RestoreFailedError or TargetError."""
        self._loading.write(chunk)

    def finish(self) -> None:
        """The archive is over: wait until the rows are there."""
        self._loading.finish()

    def differences(self) -> list[Finding]:
        """Return where the chosen tables' rows are not those of the proof."""
        found = self._counted(self._name, self._like.level)
        return list(differences(self._like.tables, found))

    def move(self) -> dict[str, int]:
        """Move the chosen tables into their schema of the live database, all or none; count what is there."""
        live, schema = self._tools.server.live, self._chosen.schema
        with (
            self._tools.server.connected(self._name) as connection,
            targeting(f"gathering tables of {self._name}"),
        ):
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
            for table in self._tables:
                statement = sql.SQL("ALTER TABLE {} SET SCHEMA {}")
                connection.execute(statement.format(sql.Identifier(*table), sql.Identifier(schema)))
        self._copy(schema, live)
        self._tables = [(schema, name) for _, name in self._tables]
        return {name: of.rows for name, of in self._counted(live, Level.COUNTS).items()}

    def stop(self) -> None:
        """End what is still running."""
        self._loading.stop()

    def _share(self, contents: Sequence[str]) -> list[list[str]]:
        """Choose the entries of the chosen tables' rows, and of the sequences that they own."""
        with self._tools.server.connected(self._name) as connection, targeting(f"checking {self._name}"):
            self._tables = _families(connection, self._chosen.tables)
            sequences = [
                name for table in self._tables for name in connection.execute(_SEQUENCES, table).fetchall()
            ]
            wanted = [f" TABLE DATA {schema} {name} " for schema, name in self._tables]
            wanted += [f" SEQUENCE SET {schema} {name} " for schema, name in sequences]
            wanted = [_as_listed(connection, entry) for entry in wanted]
        return [[line for line in contents if any(entry in line for entry in wanted)]]

    def _counted(self, database: str, level: Level) -> dict[str, Rows]:
        with connected(self._tools.server.at(database)) as connection:
            units = self._units(connection)
            return {unit.table.qualified: read_rows(connection, unit, level) for unit in units}

    def _units(self, connection: Connection) -> Iterator[Unit]:
        chosen = set(self._tables)
        for unit in read_inventory(connection).units:
            if (unit.table.schema, unit.table.name) in chosen:
                yield unit

    def _copy(self, schema: str, live: str) -> None:
        """Dump one schema and restore it in one transaction: the live database has all of it, or nothing."""
        dump = [
            self._tools.programs.program("pg_dump"),
            "--format=custom",
            "--compress=0",
            f"--schema={schema}",
        ]
        dump += ["--no-owner", "--no-privileges", "--no-password", "--no-publications", "--no-tablespaces"]
        dump.append(f"--dbname={self._tools.dsn(self._name)}")
        into = ["--single-transaction", "--no-owner", "--no-privileges"]
        with (
            Child(dump, self._tools.environment()) as reading,
            self._tools.restore(live, into, fed=True) as writing,
        ):
            if _pumped(reading, writing):
                if reading.wait() != 0:
                    raise TargetError(f"pg_dump of {self._name} failed: {scrubbed(reading.errors())}")
                writing.end_input()
            self._tools.finish(writing)


def _refuse_taken(server: TargetServer, schema: str) -> None:
    with server.connected(server.live) as connection, targeting(f"checking {server.live}"):
        if connection.execute(_HAS_SCHEMA, [schema]).fetchone() is not None:
            raise TargetError(
                f"{server.live} already has a schema {schema}",
                f"check it, then drop it: DROP SCHEMA {schema} CASCADE",
            )


def _as_listed(connection: Connection, entry: str) -> str:
    """Write an entry as the archive's table of contents has it: in the database's encoding."""
    ((data,),) = connection.execute(_IN_ITS_ENCODING, [entry])
    return text_of(data)


def _families(connection: Connection, asked: Sequence[Name]) -> list[Name]:
    """The tables asked for, and the partitions of those that have some."""
    found = [row[:2] for table in asked for row in connection.execute(_FAMILY, table).fetchall()]
    return list(dict.fromkeys(found))


def _pumped(reading: Child, writing: Child) -> bool:
    """Pass everything on; False if the receiving program has ended, which its exit code explains."""
    for chunk in cleaned(iter(reading.read, b"")):
        try:
            writing.feed(chunk)
        except BrokenPipeError:
            return False
    return True
