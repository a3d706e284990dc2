"""The few Protocols that the use cases need; each comment is the contract that tests/contract proves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from scims_backup.domain.alert import Mail
from scims_backup.domain.backup import BackupId
from scims_backup.domain.chosen_tables import Chosen
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.proof import Level, Proof, Rows
from scims_backup.domain.verdict import Finding, NotChecked

# --- catalog --------------------------------------------------------------------------------------


class Catalog(Protocol):
    """Small objects under keys with `/` in them; strongly consistent."""

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object, whole or not at all. Storing the same bytes again is done already.

        Raise KeyTakenError if other bytes are stored there; never overwrite.
        """

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raise KeyMissingError if there is none."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with prefix, in ascending order; none is no error."""

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is removed already."""


# --- vault ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stored:
    """An archive in the vault.

    ref: the vault's full name for it; stored_bytes: what the vault added for it.
    """

    ref: str
    stored_bytes: int


@dataclass(frozen=True)
class StoredArchive:
    """What the vault knows of an archive that it holds."""

    ref: str
    backup: BackupId
    stored_at: datetime


@dataclass(frozen=True)
class Usage:
    """What a vault takes up, in bytes.

    place: the repository or bucket without secrets, which sources may share: its bytes are counted once.
    source_bytes: what the source's archives take; place_bytes: all that is stored there;
    noncurrent_bytes: of place_bytes, older versions and unfinished uploads, which are paid for too.
    """

    place: str
    source_bytes: int
    place_bytes: int
    noncurrent_bytes: int = 0


class ArchiveWriter(Protocol):
    """One archive on its way into the vault; nothing exists there before commit."""

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; blocks while the vault is behind. Raise VaultError if it failed."""

    def commit(self) -> Stored:
        """End the archive cleanly and return what was stored. Raise VaultError if it failed."""


class Vault(Protocol):
    """Where the archives of one source live."""

    kind: str
    """The word for manifests, e.g. `restic`."""

    def prepare(self) -> None:
        """Make ready to store; heal stale locks; initialise an empty vault when allowed.

        Raise VaultGoneError if the catalog knows backups but the vault is not there.
        """

    def store(self, backup: BackupId) -> AbstractContextManager[ArchiveWriter]:
        """Open a writer. Leaving without commit, for whatever reason, leaves no archive behind."""

    def read(self, ref: str) -> AbstractContextManager[Iterator[bytes]]:
        """Yield an archive's bytes. Raise ArchiveMissingError or ArchiveDamagedError."""

    def archives(self) -> Sequence[StoredArchive]:
        """Return every archive of this source that the vault holds, oldest first."""

    def delete(self, ref: str) -> None:
        """Remove one archive of this source; one that is not there is removed already.

        Space may come free later. Raise DeleteRefusedError if it must stay, e.g. by Object Lock, missing
        right, or because it is another source's; then it is there as before.
        """

    def discard_unfinished(self, before: datetime) -> int:
        """Remove what stores of this source that began before a moment left unfinished; return how many."""

    def reclaim(self) -> None:
        """Free the space of what was removed; other stores may have to wait meanwhile."""

    def usage(self) -> Usage:
        """Measure what is stored."""

    def tools(self) -> Mapping[str, str]:
        """Name the programs used and their versions, for the manifest."""


# --- source ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """What a dump will roughly be: bytes of table data, and rows (the planner's estimate)."""

    bytes: int
    rows: int


class ProofTask(Protocol):
    """A proof being taken in the background."""

    def check(self) -> None:
        """Raise the failure of the proof if it has failed already; do not wait."""

    def result(self) -> Proof:
        """Wait for the proof, and end the watch for changes. Raise SourceError if it failed."""


class Snapshot(Protocol):
    """A source held still: dump and proof see the same state."""

    estimate: Estimate

    def prove(self, level: Level, progress: Progress) -> ProofTask:
        """Begin to take the proof, beside the dump."""

    def archive(self) -> Iterator[bytes]:
        """Yield the archive's bytes; ending normally means that the dump program succeeded.

        Raise SourceError if it failed.
        """

    def tools(self) -> Mapping[str, str]:
        """Name the programs used and their versions, for the manifest."""


class Source(Protocol):
    """One database that is backed up."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold the source still until the context ends. Raise SourceError if it cannot be read."""


# --- sandbox and proving --------------------------------------------------------------------------


@dataclass(frozen=True)
class Checks:
    """What was looked at beyond equality."""

    findings: Sequence[Finding]
    not_checked: Sequence[NotChecked]


class Probe(Protocol):
    """The application's own check of a restored database."""

    def run(self, url: str) -> ProbeOutcome:
        """Let it look at the database under a URL, which may hold a password; nothing of it runs on after.

        Raise SandboxError if it could not be run.
        """


class ProvableDatabase(Protocol):
    """A database that can be held against a proof."""

    def prove(self, level: Level, progress: Progress) -> Proof:
        """Take a proof of it, as of the source."""

    def same_meaning(self, kind: str, name: str, facet: str, expected: str, found: str) -> bool:
        """Say whether a definition's source text, parsed again here, gives the text found here."""

    def check(self, expected: Proof, expectations: Sequence[Expectation], role: str | None) -> Checks:
        """Go further than equality: foreign keys, sequences, index structure, log-in, expectations.

        role: the application's role that must be able to log in, or None.
        """

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        """Let the application's own check look, as the role if that needs no password here.

        Raise SandboxError if it could not be run, SourceError if it failed and the database is not there.
        """


class Sandbox(Protocol):
    """A disposable server for one drill; it is gone on every way out of the context."""

    def spool(self) -> Path:
        """Return the path, inside the sandbox, where the archive is to be fetched to."""

    def start(self, like: Proof) -> None:
        """Start the server to resemble the source: bootstrap role, roles, encoding. Raise SandboxError."""

    def restore(self, progress: Progress) -> ProvableDatabase:
        """Restore the spooled archive.

        Raise RestoreFailedError, or SandboxError if it is the sandbox's fault.
        """


class Sandboxes(Protocol):
    """Where sandboxes come from."""

    def open(self) -> AbstractContextManager[Sandbox]:
        """Open a sandbox, after removing what a killed run left behind."""


# --- restore --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surveyed:
    """One thing about a target that a restore depends on. suffices: None if that cannot be seen from here."""

    what: str
    suffices: bool | None
    found: str


class Building(Protocol):
    """A database that an archive is being restored into; dropped at the end unless it was kept."""

    name: str
    """What it is called meanwhile."""

    roles_created: Sequence[str]
    """The roles that were not on the server; they have no passwords."""

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes, and count what is loaded. Raise as `finish`."""

    def finish(self, progress: Progress) -> None:
        """The archive is over: build what is built from its data. Raise RestoreFailedError or TargetError."""

    def keep(self, name: str) -> None:
        """Give the whole database its name. Raise TargetError, e.g. if that is taken."""


class TableBuilding(Protocol):
    """A database with a backup's definitions and chosen tables' rows; dropped at the end."""

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes. Raise RestoreFailedError or TargetError."""

    def finish(self) -> None:
        """The archive is over. Raise RestoreFailedError or TargetError."""

    def rows(self, level: Level) -> Mapping[str, Rows]:
        """Count and digest the chosen tables' rows, by their qualified names."""

    def move(self) -> Mapping[str, Rows]:
        """Move the tables into their schema of the live database, all or none; return the rows there.

        Raise TargetError if the live database does not take them.
        """


class Target(Protocol):
    """The server that a backup is restored to, beside a live database, which nothing but a swap touches."""

    live: str
    """The name of the live database, whether it is there or not."""

    def survey(self, like: Proof, archive_bytes: int, name: str) -> Sequence[Surveyed]:
        """Look at what a restore would need; nothing is changed. name: of the restored database."""

    def has(self, name: str) -> bool:
        """Say whether there is a database of this name. Raise TargetError if the server cannot be asked."""

    def build(self, like: Proof, archive_bytes: int, progress: Progress) -> AbstractContextManager[Building]:
        """Create a database that resembles the source's, and its roles; drop first what dead restores left.

        archive_bytes: the length of what will be written, so that room for it can be looked for.
        Raise TargetError if the server does not take it.
        """

    def build_tables(
        self, like: Proof, chosen: Chosen, progress: Progress
    ) -> AbstractContextManager[TableBuilding]:
        """As `build`, for some tables, with the partitions that they have.

        Raise TargetError if the live database is not there, or has a schema of that name.
        """

    def database(self, name: str) -> ProvableDatabase:
        """Return a database of the server, to be held against a proof."""

    def swap(self, name: str, aside: str) -> Swapped:
        """Let a database take the live one's place, which is called `aside` then; both, or neither.

        Raise SwapRefusedError if that cannot be done; then both are as they were. Raise SwapUnknownError if
        the server went away before it said whether it was done.
        """

    def undo(self, aside: str) -> Swapped:
        """Bring back the database that was put aside last; the one in its place is called `aside` then.

        Raise NothingToWorkOnError if there is none, SwapRefusedError as `swap`.
        """


@dataclass(frozen=True)
class Swapped:
    """Databases that were renamed.

    live: what has the live name now was called so before; aside: what the one before is called now, None if
    there was none; seconds: for which nobody got in.
    """

    live: str
    aside: str | None
    seconds: float


# --- tasks ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskOrder:
    """The task of one attempt at a drill. expires: after that moment nobody wants it to run."""

    backup: BackupId
    drill: str
    attempt: int
    expires: datetime


class Tasks(Protocol):
    """Where drills run that do not run here. A task is named as the service that runs it names it."""

    def start(self, order: TaskOrder) -> str:
        """Start a task and return its name; the same order again, within a day, is the same task.

        Raise TaskRefusedError, NoCapacityError if the same may succeed later, TasksUnreachableError if it is
        not known whether it was started.
        """

    def find(self, order: TaskOrder) -> str | None:
        """Return the name of the task that an order started; None if there is none, or none any more."""

    def look(self, task: str, attempt: int) -> Running | Stopped | Gone:
        """Say what became of a task. attempt: whose it is."""

    def last_lines(self, task: str) -> Sequence[str]:
        """Return what a task wrote last; nothing if it wrote nothing, or that cannot be read."""

    def stop(self, task: str, why: str) -> None:
        """Stop a task; one that has stopped, or is not known any more, is stopped already."""

    def expired(self, now: datetime) -> Sequence[str]:
        """Return the tasks of drills that run though they have expired; nobody else's."""


# --- alerts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subscription:
    """Who is to get alerts, and whether they do: one that is not confirmed gets none."""

    protocol: str
    endpoint: str
    confirmed: bool


class Notifier(Protocol):
    """Passes mails on to whoever subscribed."""

    def send(self, mail: Mail) -> str:
        """Send one mail and return the service's id of it. Raise NotifierError if it was not taken."""


class Subscriptions(Protocol):
    """Who subscribed to the alerts."""

    topic: str
    """What they subscribed to, as the service names it."""

    def read(self) -> Sequence[Subscription]:
        """Return them all, those too that are not confirmed. Raise NotifierError if they cannot be read."""


class EventBus(Protocol):
    """Tells events to other systems."""

    def put(self, kind: str, time: datetime, document: str) -> None:
        """Pass one event on. Raise NotifierError if it was not taken."""


# --- watching -------------------------------------------------------------------------------------


class Progress(Protocol):
    """Whoever watches. All methods may be called from any thread and must not raise."""

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """A phase begins (dump, fetch, start, restore, prove, remove); totals are estimates, 0 if unknown."""

    def bytes(self, count: int) -> None:
        """So many more bytes went through."""

    def rows(self, table: str, count: int) -> None:
        """A table was proven; it has so many rows."""

    def note(self, message: str) -> None:
        """Something the reader should know, e.g. a retry."""
