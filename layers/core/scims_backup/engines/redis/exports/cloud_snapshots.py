"""What a snapshot of a cache is, whichever part of ElastiCache's API makes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class Stage(Enum):
    """How far a snapshot is: under way (also with its export), there, or never to be there."""

    UNDER_WAY = "under way"
    AVAILABLE = "available"
    LOST = "lost"


_LOST = {"failed", "create-failed", "deleting", "deleted"}


def stage_of(status: str) -> Stage:
    """Return what a status of ElastiCache means; `creating`, `exporting`, `copying` and others pass."""
    said = status.lower()
    if said in _LOST:
        return Stage.LOST
    return Stage.AVAILABLE if said == Stage.AVAILABLE.value else Stage.UNDER_WAY


@dataclass(frozen=True)
class CloudSnapshot:
    """A snapshot that ElastiCache has.

    status: in ElastiCache's word.
    taken: when the data were as in it; None if that is not said, or not yet.
    """

    name: str
    status: str
    taken: datetime | None

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return stage_of(self.status)


@dataclass(frozen=True)
class CacheEngine:
    """What a cache runs. version: as far as AWS says it, e.g. `7.1.0` or `8`."""

    flavour: str
    version: str


class CloudSnapshots(Protocol):
    """The snapshots of one cache. All methods raise SourceError if ElastiCache refuses or does not answer."""

    def suitable(self) -> CacheEngine:
        """Return what the cache runs. Raise SourceError for one whose exports are no backup of one server."""

    def create(self, name: str) -> None:
        """Begin to make a snapshot; one of this name is made already.

        Raise SourceBusyError if that must wait.
        """

    def find(self, name: str) -> CloudSnapshot | None:
        """Return a snapshot; None if there is none of this name."""

    def export(self, name: str, bucket: str) -> None:
        """Begin to export a snapshot to objects whose keys begin with its name.

        One that is being exported goes on.
        """

    def remove(self, name: str) -> None:
        """Remove a snapshot; one that is gone is removed already.

        Raise SourceBusyError if that must wait.
        """

    def names(self) -> Iterator[str]:
        """Yield the names of all snapshots of the account that people or programs have asked for."""
