"""The server that a backup is restored to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Finding
from scims_backup.ports.progress import Progress
from scims_backup.ports.proofs import Proof
from scims_backup.ports.provable import P, ProvableDatabase

P_contra = TypeVar("P_contra", bound=Proof, contravariant=True)


@dataclass(frozen=True)
class Surveyed:
    """One thing about a target that a restore depends on.

    suffices: None if that cannot be seen from here.
    """

    what: str
    suffices: bool | None
    found: str


@dataclass(frozen=True)
class LiveDatabase:
    """The database that a swap would replace.

    connections: how many there are to it now.
    """

    bytes: int
    connections: int


class Building(Protocol):
    """A database that an archive is being restored into; dropped at the end unless it was kept."""

    name: str
    """What it is called meanwhile."""

    roles_created: Sequence[str]
    """The roles that were not on the server; they have no passwords."""

    findings: Sequence[Finding]
    """What speaks against it once it is finished, though the archive was restored: a failed after_restore."""

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes, and count what is loaded. Raise as `finish`."""

    def finish(self, progress: Progress) -> None:
        """The archive is over: build what is built from its data. Raise RestoreFailedError or TargetError."""

    def keep(self, name: str) -> None:
        """Give the whole database its name. Raise TargetError, e.g. if that is taken."""


@dataclass(frozen=True)
class Swapped:
    """Databases that were renamed.

    live: the former name of the database that has the live name now.
    aside: what the previous one is called now, None if there was none.
    seconds: how long nobody could connect.
    written: what the one that was put aside has since it went live, as far as that is known.
    """

    live: str
    aside: str | None
    seconds: float
    written: Sequence[str] = ()


class Target(Protocol[P]):
    """The server that a backup is restored to, beside a live database, which nothing but a swap touches."""

    @property
    def live(self) -> str:
        """The name of the live database, whether it is there or not."""

    @property
    def name(self) -> str:
        """What server and live database are called, without secrets."""

    def restored_name(self, backup: BackupId) -> str:
        """What a restored backup is called if nobody says otherwise."""

    def check_name(self, name: str) -> None:
        """Raise UsageError unless a restored database may be called so."""

    def how_to_drop(self, name: str) -> str:
        """Say how a person removes a database of the server, e.g. as SQL."""

    def survey(self, like: P, archive_bytes: int, name: str) -> Sequence[Surveyed]:
        """Look at what a restore would need; nothing is changed. name: of the restored database."""

    def has(self, name: str) -> bool:
        """Say whether there is a database of this name. Raise TargetError if the server cannot be asked."""

    def build(self, like: P, archive_bytes: int, progress: Progress) -> AbstractContextManager[Building]:
        """Create a database that resembles the source's, and its roles; drop first what dead restores left.

        archive_bytes: the length of what will be written, so that room for it can be looked for.
        Raise TargetError if the server does not take it.
        """

    def database(self, name: str) -> ProvableDatabase[P]:
        """Return a database of the server, to be held against a proof."""

    def copy(self, name: str, progress: Progress) -> AbstractContextManager[ProvableDatabase[P]]:
        """Copy a database of the server, for what may write into it; the copy is dropped at the end.

        Raise TargetError if it cannot be copied: no room, somebody is connected to it, no right to.
        """


@runtime_checkable
class Swaps(Protocol):
    """A target that can put a restored database in the live one's place, and take that back."""

    @property
    def live(self) -> str:
        """The name of the live database."""

    @property
    def name(self) -> str:
        """What server and live database are called, without secrets."""

    def look_at_live(self) -> LiveDatabase | None:
        """Look at the live database, None if it is not there. Raise TargetError."""

    def swap(self, name: str, now: datetime) -> Swapped:
        """Let a database take the live one's place, which is put aside under a dated name; both, or neither.

        Raise SwapRefusedError if that cannot be done; then both are as they were. Raise SwapUnknownError if
        the server went away before it said whether it was done.
        """

    def undo(self, now: datetime) -> Swapped:
        """Restore the database that was put aside last; the one in its place gets a dated name.

        Raise NothingToWorkOnError if there is none, SwapRefusedError as `swap`.
        """


class Chosen(Protocol):
    """Chosen tables of a backup, as a restore of them needs and reports them."""

    @property
    def schema(self) -> str:
        """The schema of the live database, to which they go."""

    @property
    def parents(self) -> Sequence[str]:
        """Tables that they refer to, and that are not restored with them."""

    @property
    def children(self) -> Sequence[str]:
        """Tables whose rows a deletion of theirs changes."""

    @property
    def sql(self) -> Sequence[str]:
        """The statements that put their rows back into the live tables."""


class ChosenBuilding(Protocol):
    """A part of a backup on its way into the live database; what was not moved is dropped at the end."""

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes. Raise RestoreFailedError or TargetError."""

    def finish(self) -> None:
        """The archive is over. Raise RestoreFailedError or TargetError."""

    def differences(self) -> Sequence[Finding]:
        """Return where it is not what was proven."""

    def move(self) -> Mapping[str, int]:
        """Move it into the live database, all or nothing; return how much is there, by table or database.

        Raise TargetError if the live database does not take it.
        """


@runtime_checkable
class RestoresTables(Protocol[P_contra]):
    """A target that can restore chosen tables into a schema of their own, in the live database."""

    @property
    def live(self) -> str:
        """The name of the live database."""

    def choose(self, like: P_contra, names: Sequence[str], backup: BackupId, *, with_parents: bool) -> Chosen:
        """Find tables in a backup. with_parents: those that they refer to, too.

        Raise NothingToWorkOnError if the backup has no such table, UsageError if two would get one name.
        """

    def build_tables(
        self, like: P_contra, chosen: Chosen, progress: Progress
    ) -> AbstractContextManager[ChosenBuilding]:
        """As `build`, for some tables, with the partitions that they have.

        Raise TargetError if the live database is not there, or has a schema of that name.
        """


class KeyBuilding(ChosenBuilding, Protocol):
    """Databases with chosen keys of a backup."""

    @property
    def copy_missing(self) -> Sequence[str]:
        """The commands that put moved keys under their own names where no live ones are."""

    @property
    def drop(self) -> Sequence[str]:
        """The commands that remove moved keys."""


@runtime_checkable
class RestoresKeys(Protocol[P_contra]):
    """A target that can restore chosen keys beside the live ones, under a prefix of their own."""

    @property
    def live(self) -> str:
        """The name of the live database."""

    def key_prefix(self, backup: BackupId) -> str:
        """Return what the names of a backup's keys begin with there."""

    def build_keys(
        self, like: P_contra, patterns: Sequence[str], backup: BackupId, progress: Progress
    ) -> AbstractContextManager[KeyBuilding]:
        """As `build`, for some keys. patterns: of their names, in the engine's own form.

        Its `finish` raises NothingToWorkOnError if the backup has no such key. Raise TargetError as `build`.
        """


@runtime_checkable
class RestoresParts(Protocol):
    """A target that leaves parts of a backup out, unless they are asked for.

    parts: what each is, by its name.
    """

    parts: Mapping[str, str]

    def with_parts(self, names: Collection[str]) -> Target[Any]:
        """Return the same target, which restores these parts, too."""
