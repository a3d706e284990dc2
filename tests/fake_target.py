"""A server to restore to, in memory: which databases are there, and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from scims_backup import ports
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError, SwapRefusedError, TargetError
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.rules import database_names
from scims_backup.engines.postgresql.rules.chosen_tables import Chosen, chosen, differences
from scims_backup.engines.postgresql.rules.names import qualified, quoted
from scims_backup.engines.postgresql.rules.of_server import apart_from_server
from scims_backup.engines.postgresql.rules.proof import Proof, Rows
from scims_backup.engines.postgresql.targets.target import PostgresTarget
from scims_backup.ports import Checks, LiveDatabase, Progress, Surveyed, Swapped
from tests.faults import Calls, FaultyDatabase, a_proof

LIVE = "live"
AT_WORK = "live_restoring_00000000"


@dataclass
class FakeBuilding:
    """A database on its way; its content is what was written."""

    target: FakeTarget
    roles_created: Sequence[str]
    content: bytes = b""
    finished: bool = False
    name: str = AT_WORK
    findings: Sequence[Finding] = ()

    def write(self, chunk: bytes) -> None:
        self.target.calls.call("building write")
        self.content += chunk

    def finish(self, progress: Progress) -> None:
        progress.note("building indexes")
        self.target.calls.call("building finish")
        self.finished = True
        self.target.built = self.content

    def keep(self, name: str) -> None:
        self.target.calls.call("building keep")
        assert self.finished
        if name in self.target.databases:
            raise TargetError(f"{name} is there")
        self.target.databases[name] = self.content


@dataclass
class FakeTables:
    """Chosen tables on their way into the live database."""

    target: FakeTarget
    chosen: Chosen
    like: Proof
    content: bytes = b""

    def write(self, chunk: bytes) -> None:
        self.target.calls.call("tables write")
        self.content += chunk

    def finish(self) -> None:
        self.target.calls.call("tables finish")

    def differences(self) -> Sequence[Finding]:
        self.target.calls.call("tables compare")
        return list(differences(self.like.tables, self._named(qualified)))

    def move(self) -> Mapping[str, int]:
        self.target.calls.call("tables move")
        self.target.moved = self.content
        moved = self._named(lambda _, name: qualified(self.chosen.schema, name))
        return {name: rows.rows for name, rows in moved.items()}

    def _named(self, name: Callable[[str, str], str]) -> dict[str, Rows]:
        found = self.target.found.tables
        return {name(*table): found[qualified(*table)] for table in self.chosen.tables}


@dataclass
class FakeTarget(FaultyDatabase):
    """A server.

    databases: name → content; found: what every database proves; roles: that are not here yet; moved: the
    archive whose tables came into the live database; built: the last that was restored in full.
    """

    calls: Calls
    live: str = LIVE
    databases: dict[str, bytes] = field(default_factory=lambda: {LIVE: b"live"})
    found: Proof = field(default_factory=a_proof)
    checks: Checks = field(default_factory=lambda: Checks((), ()))
    roles: Sequence[str] = ()
    asked: tuple[Any, ...] = ()
    moved: bytes | None = None
    built: bytes | None = None

    def survey(self, like: Proof, archive_bytes: int, name: str) -> Sequence[Surveyed]:
        self.calls.call("target survey")
        self.asked = (like, archive_bytes, name)
        return [Surveyed("version", True, "15"), Surveyed("space", None, "not told")]

    @property
    def name(self) -> str:
        return f"{self.live} on db.example"

    def look_at_live(self) -> LiveDatabase | None:
        return LiveDatabase(32_000_000, 3) if self.live in self.databases else None

    def has(self, name: str) -> bool:
        self.calls.call("target has")
        return name in self.databases

    @contextmanager
    def build(self, like: Proof, archive_bytes: int, progress: Progress) -> Iterator[FakeBuilding]:
        assert like.server.major == 15
        assert archive_bytes > 0
        progress.note("building")
        self.calls.call("target build")
        self.databases[AT_WORK] = b""
        try:
            yield FakeBuilding(self, self.roles)
        finally:
            del self.databases[AT_WORK]
        self.calls.call("target built")

    def database(self, name: str) -> FakeTarget:
        self.calls.call(f"target database {name}")
        assert name in self.databases
        return self

    @contextmanager
    def copy(self, name: str, progress: Progress) -> Iterator[FakeTarget]:
        progress.note("copying")
        assert name in self.databases
        self.calls.call("target copy")
        yield self
        self.calls.call("target copy dropped")

    @contextmanager
    def build_tables(self, like: Proof, chosen: ports.Chosen, progress: Progress) -> Iterator[FakeTables]:
        assert like.server.major == 15
        progress.note("building")
        self.calls.call("target build tables")
        assert isinstance(chosen, Chosen)
        yield FakeTables(self, chosen, like)

    def choose(self, like: Proof, names: Sequence[str], backup: BackupId, *, with_parents: bool) -> Chosen:
        return chosen(like, names, backup, with_parents=with_parents)

    def compare(self, expected: Proof, found: Proof) -> Checks:
        return apart_from_server(super().compare(expected, found))

    def check(self, expected: Proof, questions: Questions) -> Checks:
        return apart_from_server(super().check(expected, questions))

    def restored_name(self, backup: BackupId) -> str:
        return database_names.restored(self.live, backup)

    def check_name(self, name: str) -> None:
        PostgresTarget.check_name(cast("PostgresTarget", self), name)

    def how_to_drop(self, name: str) -> str:
        return f"DROP DATABASE {quoted(name)}"

    def swap(self, name: str, now: datetime) -> Swapped:
        return self._swapped(name, database_names.put_aside(self.live, now))

    def _swapped(self, name: str, aside: str) -> Swapped:
        self.calls.call("target swap")
        if aside in self.databases:
            raise SwapRefusedError(f"{aside} is taken", "drop it")
        was_there = self.live in self.databases
        if was_there:
            self.databases[aside] = self.databases.pop(self.live)
        self.databases[self.live] = self.databases.pop(name)
        return Swapped(name, aside if was_there else None, 0.0123456)

    def undo(self, now: datetime) -> Swapped:
        self.calls.call("target undo")
        before = database_names.newest_put_aside(self.databases, self.live)
        if before is None:
            raise NothingToWorkOnError("none was put aside")
        return self._swapped(before, database_names.taken_back(self.live, now))
