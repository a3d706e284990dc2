"""Ports that fail at one chosen call, so that every call can be made to fail in its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.comparison import compare
from scims_backup.engines.postgresql.rules.proof import Proof, Rows, Schema, SequenceRange, Server
from scims_backup.ports import Checks, Estimate, Probe, Progress, Stored
from tests.fakes import MemoryCatalog, MemoryVault, MemoryWriter

CHUNKS = (b"PGDMP", b"table of contents", b"rows" * 100)


@dataclass
class Calls:
    """Every call of a port in order; what `faults` holds for a number or a name is raised there."""

    made: list[str] = field(default_factory=list)
    faults: dict[int | str, BaseException] = field(default_factory=dict)

    def call(self, name: str) -> None:
        self.made.append(name)
        fault = self.faults.pop(len(self.made) - 1, None) or self.faults.get(name)
        if fault is not None:
            raise fault


def a_proof(rows: int = 3) -> Proof:
    """Build a small proof."""
    return Proof(
        level=Level.FULL,
        server=Server("15.19", 150019, "scims", "UTF8", "postgres"),
        tables={"public.items": Rows(rows, f"{rows:032x}")},
        sequences={"public.items_id_seq": SequenceRange(3, 5)},
        large_objects=Rows(0, f"{0:032x}"),
        schema={"table": {"public.items": {"owner": "scims"}}},
    )


class FaultyCatalog(MemoryCatalog):
    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self.calls = calls

    def put_new(self, key: str, data: bytes) -> None:
        self.calls.call(f"catalog put {key.partition('/')[0]}")
        super().put_new(key, data)

    def get(self, key: str) -> bytes:
        self.calls.call(f"catalog get {key.partition('/')[0]}")
        return super().get(key)

    def keys(self, prefix: str) -> Iterator[str]:
        self.calls.call("catalog keys")
        return super().keys(prefix)


@dataclass
class FaultyWriter(MemoryWriter):
    calls: Calls = field(default_factory=Calls)

    def write(self, chunk: bytes) -> None:
        self.calls.call("vault write")
        super().write(chunk)

    def commit(self) -> Stored:
        self.calls.call("vault commit")
        return super().commit()


class FaultyVault(MemoryVault):
    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self.calls = calls

    def prepare(self) -> None:
        self.calls.call("vault prepare")

    @contextmanager
    def store(self, backup: BackupId) -> Iterator[MemoryWriter]:
        self.calls.call("vault store")
        yield FaultyWriter(self, backup, calls=self.calls)
        self.calls.call("vault stored")

    @contextmanager
    def read(self, ref: str) -> Iterator[Iterator[bytes]]:
        self.calls.call("vault read")
        with super().read(ref) as chunks:
            yield self._passing(chunks)
        self.calls.call("vault has read")

    def _passing(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.calls.call("vault chunk")
            yield chunk

    def tools(self) -> Mapping[str, str]:
        self.calls.call("vault tools")
        return super().tools()


class FaultySource:
    """A source, its snapshot and its proof task in one. seen: its warnings."""

    estimate = Estimate(1000, 3)
    taken: datetime | None = None

    def __init__(self, calls: Calls, proof: Proof | None = None) -> None:
        self.calls, self.proof = calls, proof or a_proof()
        self.seen: Sequence[str] = ()

    @contextmanager
    def snapshot(self) -> Iterator[FaultySource]:
        self.calls.call("source snapshot")
        yield self
        self.calls.call("source let go")

    def prove(self, level: Level, progress: Progress) -> FaultySource:
        self.calls.call(f"source prove {level}")
        progress.rows("public.items", 3)
        return self

    def archive(self) -> Iterator[bytes]:
        for chunk in CHUNKS:
            self.calls.call("source chunk")
            yield chunk
        self.calls.call("source end")

    def check(self) -> None:
        self.calls.call("proof check")

    def result(self) -> Proof:
        self.calls.call("proof result")
        return self.proof

    def warnings(self) -> Sequence[str]:
        return self.seen

    def tools(self) -> Mapping[str, str]:
        self.calls.call("source tools")
        return {"pg_dump": "15.19"}


class FaultyDatabase:
    """A database that is held against a proof.

    found: what it proves; checks: what goes further than equality; asked: what the last check was about.
    """

    calls: Calls
    found: Proof
    checks: Checks
    asked: tuple[Any, ...]

    def prove(self, level: Level, progress: Progress, like: Proof | None = None) -> Proof:  # noqa: ARG002  the real ones need none
        progress.rows("public.items", 3)
        self.calls.call(f"database prove {level}")
        return self.found

    def compare(self, expected: Proof, found: Proof) -> Checks:
        return Checks(*compare(expected, found, self.same_meaning, self.extension_made))

    def same_meaning(self, kind: str, name: str, facet: str, expected: str, found: str) -> bool:
        self.calls.call(f"database means {kind} {name} {facet} {expected} {found}")
        return False

    def extension_made(self, name: str, version: str) -> Sequence[Schema]:
        self.calls.call(f"database makes {name} {version}")
        return ()

    def check(self, expected: Proof, questions: Questions) -> Checks:
        self.calls.call("database check")
        self.asked = (expected, questions)
        return self.checks

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        self.calls.call("database probe")
        return probe.run(f"postgresql://{role}@/scims")


class FaultySandboxes(FaultyDatabase):
    """Sandboxes, the sandbox, its server and the restored database in one.

    found: what the database proves; death: what every failure came from, if the server died.
    """

    name = "scims"
    roles_created: Sequence[str] = ()
    findings: Sequence[Finding] = ()

    def __init__(self, calls: Calls, found: Proof | None = None) -> None:
        self.calls, self.found = calls, found or a_proof()
        self.written = self.restored = b""
        self.death: OperationFailedError | None = None
        self.checks = Checks((), ())
        self.asked: tuple[Any, ...] = ()

    @contextmanager
    def open(self) -> Iterator[FaultySandboxes]:
        self.calls.call("sandbox open")
        try:
            yield self
        finally:
            self.calls.call("sandbox gone")

    def start(self, like: Proof) -> Any:
        assert like.server.major == 15
        self.calls.call("sandbox start")
        return self

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        return self.death or error

    @contextmanager
    def build(self, like: Proof, archive_bytes: int, progress: Progress) -> Iterator[FaultySandboxes]:
        assert like.server.major == 15
        assert archive_bytes > 0
        progress.bytes(1)
        self.calls.call("target build")
        yield self

    def write(self, chunk: bytes) -> None:
        self.calls.call("building write")
        self.written += chunk

    def finish(self, progress: Progress) -> None:
        progress.note("building indexes")
        self.calls.call("building finish")
        self.restored = self.written

    def database(self, name: str) -> FaultySandboxes:
        assert name == self.name
        self.calls.call("target database")
        return self


def finding() -> Finding:
    """Build a finding."""
    return Finding("foreign-key-broken", "constraint public.items_fk", "no orphan", "1 orphan")


def unchecked() -> NotChecked:
    """Build something that was not looked at."""
    return NotChecked("table far.away", "is a foreign table")


def every_call(run: Callable[[Calls], None]) -> list[str]:
    """List the calls of a run in which nothing fails."""
    calls = Calls()
    run(calls)
    return calls.made
