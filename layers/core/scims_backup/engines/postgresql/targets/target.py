"""A PostgreSQL server that backups are restored to; implements ports.Target."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from scims_backup import ports
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError, SwapRefusedError, TargetError, UsageError
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.identity import Identity
from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
from scims_backup.engines.postgresql.rules import database_names
from scims_backup.engines.postgresql.rules.chosen_tables import Chosen, chosen
from scims_backup.engines.postgresql.rules.names import quoted
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets import managed_owners, survey
from scims_backup.engines.postgresql.targets.after_restore import run_after_restore
from scims_backup.engines.postgresql.targets.begin_restore import Begun, begun
from scims_backup.engines.postgresql.targets.contents import rows_by_table, shared_by_rows
from scims_backup.engines.postgresql.targets.creating import set_for_roles
from scims_backup.engines.postgresql.targets.database_copy import copied
from scims_backup.engines.postgresql.targets.loading import Loading
from scims_backup.engines.postgresql.targets.own_server import OwnServer
from scims_backup.engines.postgresql.targets.properties import apply_properties
from scims_backup.engines.postgresql.targets.server import TargetServer
from scims_backup.engines.postgresql.targets.spool import has_room
from scims_backup.engines.postgresql.targets.statistics import gather_statistics
from scims_backup.engines.postgresql.targets.swap import rename_all
from scims_backup.engines.postgresql.targets.tables import building_tables
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.ports import Building, ChosenBuilding, LiveDatabase, Progress, Surveyed, Swapped


class PostgresTarget:
    """One server, and the database on it that a restored one may take the place of.

    programs: directory of PostgreSQL's programs, or None to search for them
    jobs: how many indexes are built at once, and how many tables loaded, if there is room for the archive on
        this machine
    own: of a server that was made for one drill, where the database gets the source's name
    managed: such a server is in RDS
    after_restore: the operator's SQL, which is run when all of an archive is there
    """

    def __init__(
        self,
        address: Address,
        programs: Path | None = None,
        jobs: int | None = None,
        *,
        own: OwnServer | None = None,
        managed: bool = False,
        after_restore: str = "",
    ) -> None:
        self._server = TargetServer(address, own, managed=managed)
        self._after_restore = after_restore
        self._programs = programs
        self._jobs = jobs or os.cpu_count() or 1
        self._made: dict[str, Identity] = {}
        self.live = self._server.live

    @property
    def name(self) -> str:
        """What it is called, without secrets."""
        return str(self._server.address)

    def restored_name(self, backup: BackupId) -> str:
        """Name a restored backup after the live database and its stamp."""
        return database_names.restored(self.live, backup)

    def check_name(self, name: str) -> None:
        """Raise UsageError unless a restored database may be called so."""
        another = "omit --into, or give another name"
        if name == self.live:
            raise UsageError(f"{name} is the live database's name", f"{another}; then use --swap")
        if not database_names.fits(name):
            raise UsageError(f"--into {name!r}: a database's name has 1 to 63 bytes", another)
        if database_names.has_meaning(name, self.live):
            raise UsageError(
                f"{name} is reserved for databases that restores are working on or have set aside", another
            )

    def how_to_drop(self, name: str) -> str:
        """Return the statement that drops a database."""
        return f"DROP DATABASE {quoted(name)}"

    def survey(self, like: Proof, archive_bytes: int, name: str) -> Sequence[Surveyed]:
        """Look at what a restore would need. Raise TargetError if the server cannot be asked."""
        with self._server.maintenance() as connection:
            return list(survey.surveyed(self._server, connection, like, archive_bytes, name, self._programs))

    def look_at_live(self) -> LiveDatabase | None:
        """Look at the live database, None if it is missing. Raise TargetError."""
        with self._server.maintenance() as connection, targeting(f"checking {self.live}"):
            return survey.live_database(self._server, connection)

    def has(self, name: str) -> bool:
        """Say whether there is a database of this name. Raise TargetError if the server cannot be asked."""
        with self._server.maintenance() as connection:
            return name in self._server.names(connection)

    @contextmanager
    def build(self, like: Proof, archive_bytes: int, progress: Progress) -> Iterator[Building]:
        """Create a database that resembles the source's, under a name that is dropped if nobody keeps it."""
        with begun(self._server, self._programs, like, progress) as new:
            own = self._server.own is not None
            at_once = self._jobs > 1 and has_room(
                new.tools.folder, archive_bytes, progress, with_database=own
            )
            self._made[new.name] = self._server.identity(new.name)
            building = PostgresBuilding(
                new,
                like,
                self._jobs,
                progress,
                self._made,
                at_once=at_once,
                after_restore=self._after_restore,
            )
            try:
                yield building
            finally:
                building.stop()

    def choose(self, like: Proof, names: Sequence[str], backup: BackupId, *, with_parents: bool) -> Chosen:
        """Find tables in a backup. Raise NothingToWorkOnError or UsageError."""
        return chosen(like, names, backup, with_parents=with_parents)

    def build_tables(
        self, like: Proof, chosen: ports.Chosen, progress: Progress
    ) -> AbstractContextManager[ChosenBuilding]:
        """As `build`, for some tables alone."""
        assert isinstance(chosen, Chosen)  # noqa: S101  it is what `choose` returned
        return building_tables(self._server, self._programs, like, chosen, progress)

    def database(self, name: str) -> PostgresDatabase:
        """Return a database of the server, to be held against a proof; one that was made here is no other."""
        address, own = self._server.at(name), self._server.own is not None
        return PostgresDatabase(
            replace(address, identity=self._made.get(name, address.identity)),
            may_install=self._server.is_disposable,
            trusts_everybody=own,
            has_server_for_itself=self._server.is_disposable,
            managed=self._server.managed,
        )

    @contextmanager
    def copy(self, name: str, progress: Progress) -> Iterator[PostgresDatabase]:
        """Copy a database for what may write into it; the copy is dropped at the end. Raise TargetError."""
        with copied(self._server, name, progress) as copy:
            yield self.database(copy)

    def swap(self, name: str, now: datetime) -> Swapped:
        """Let a database take the live one's place, if there is one. Raise SwapRefusedError."""
        return self._swapped(name, database_names.put_aside(self.live, now))

    def undo(self, now: datetime) -> Swapped:
        """Restore the database that was put aside last. Raise NothingToWorkOnError if there is none."""
        with self._server.maintenance() as connection:
            before = database_names.newest_put_aside(self._server.names(connection), self.live)
        if before is None:
            raise NothingToWorkOnError(
                f"no database was set aside for {self.live}",
                "there was no swap, or the database it set aside was dropped",
            )
        return self._swapped(before, database_names.taken_back(self.live, now))

    def _swapped(self, name: str, aside: str) -> Swapped:
        renames = [(self.live, aside)] if self.has(self.live) else []
        seconds = rename_all(self._server, [*renames, (name, self.live)])
        return Swapped(name, aside if renames else None, seconds)


class PostgresBuilding:
    """One database on its way; implements ports.Building.

    jobs: how many indexes are built at once
    at_once: whether this many tables are also loaded in parallel
    made: the databases that were made, by name
    after_restore: as for the target
    """

    def __init__(
        self,
        new: Begun,
        like: Proof,
        jobs: int,
        progress: Progress,
        made: MutableMapping[str, Identity],
        *,
        at_once: bool,
        after_restore: str = "",
    ) -> None:
        self.name = new.name
        self.findings: Sequence[Finding] = ()
        self._after_restore = after_restore
        disposable = new.tools.server.is_disposable
        self.roles_created = () if disposable else new.roles_created  # nobody comes to log in to a sandbox
        self._tools, self._like, self._jobs, self._roles = new.tools, like, jobs, new.roles_created
        self._made = made
        self._loading = Loading(
            new.tools,
            new.name,
            shared_by_rows(like, jobs if at_once else 1),
            progress,
            rows_by_table(like),
            spooled=at_once,
        )

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes. Raise RestoreFailedError or TargetError."""
        self._loading.write(chunk)

    def finish(self, progress: Progress) -> None:
        """Build indexes and constraints, give the database its settings, and let the planner know it."""
        self._loading.finish()
        progress.note("building indexes and checking constraints")
        self._loading.build(self._jobs)
        progress.note("gathering the planner's statistics")
        with self._tools.server.connected(self.name) as connection:
            if self._tools.server.managed:
                managed_owners.no_longer(connection, self._like, self._roles)
            gather_statistics(connection, progress)
            apply_properties(
                connection,
                self._tools.programs,
                self._loading.head.path,
                self.name,
                disposable=self._tools.server.own is not None,
            )
        set_for_roles(self._tools.server, self._like, self._roles, progress)
        self._loading.clear()
        if self._after_restore:
            progress.note("running after_restore")
            failed = run_after_restore(self._tools.server, self.name, self._after_restore)
            self.findings = () if failed is None else (failed,)

    def keep(self, name: str) -> None:
        """Give the whole database its name. Raise TargetError, e.g. if that is taken."""
        try:
            rename_all(self._tools.server, [(self.name, name)])
        except SwapRefusedError as error:
            raise TargetError(error.message, error.cure) from error
        self._made[name] = self._made[self.name]

    def stop(self) -> None:
        """End what is still running."""
        self._loading.stop()
