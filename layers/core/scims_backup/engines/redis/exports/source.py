"""A cache of ElastiCache as a source: one run orders a snapshot, a later one reads what AWS has exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from scims_backup.domain.backup import LONGEST_RUN, BackupId
from scims_backup.domain.errors import (
    DumpFailedError,
    OrderLostError,
    SourceBusyError,
    SourceError,
    SourceUnreachableError,
)
from scims_backup.domain.level import Level
from scims_backup.engines.redis.exports.cache import Cache
from scims_backup.engines.redis.exports.cloud_snapshots import CloudSnapshot, Stage
from scims_backup.engines.redis.exports.export_bucket import Exported
from scims_backup.engines.redis.exports.names import SnapshotNames
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.ports import Estimate, Progress, ProofTask, Snapshot

Reading = Callable[[Callable[[], Iterator[bytes]]], AbstractContextManager[Snapshot[RedisProof]]]
"""Reads an RDB: into an archive, with its proof. It is given what begins to yield the RDB's bytes."""

_LEFT_FOR = 2 * LONGEST_RUN
"""No run awaits, or reads, an order that is so much older than the one that is placed."""
_SNAPSHOT, _LEFT, _CREATED = "snapshot", "left", "created"
_LATER = "later"
_RDB = ".rdb"
_AGAIN = "take the backup again"


class ElastiCacheSource:
    """A cache; implements ports.DelayedSource.

    reading: how the RDB becomes an archive.
    """

    def __init__(self, cache: Cache, reading: Reading) -> None:
        self._cache = cache
        self._reading = reading

    def order(self, backup: BackupId) -> Mapping[str, str]:
        """Order a snapshot, and remove what runs that failed long ago have left.

        A cache that is busy gets its snapshot from a later run.
        """
        self._cache.snapshots.suitable()
        self._cache.bucket.refuse_other_region()
        names = SnapshotNames(backup.source, self._cache.address.bucket)
        left = self._removed(names, backup.moment - _LEFT_FOR)
        name = names.of(backup)
        return {_SNAPSHOT: name, _CREATED: self._created(name), _LEFT: "\n".join(left)}

    def delivered(self, order: Mapping[str, str]) -> AbstractContextManager[Snapshot[RedisProof]] | None:
        """Return what was exported. Have a snapshot that is there exported first."""
        name = order[_SNAPSHOT]
        found = self._cache.snapshots.find(name)
        if found is None and order[_CREATED] == _LATER:
            self._created(name)
            return None
        if found is None:
            raise OrderLostError(f"snapshot {name} is gone", f"find out who removed it, and {_AGAIN}")
        if found.stage is Stage.LOST:
            raise self._given_up(name, f"snapshot {name} is {found.status}", _AGAIN)
        if found.stage is Stage.UNDER_WAY:
            return None
        return self._exported(found, order)

    def collected(self, order: Mapping[str, str]) -> None:
        """Remove the exported object, then the snapshot."""
        name = order[_SNAPSHOT]
        for one in self._cache.bucket.exported(name):
            self._cache.bucket.remove(one.key)
        self._cache.snapshots.remove(name)

    def _created(self, name: str) -> str:
        """Have a snapshot made; say whether that was tried in vain."""
        try:
            self._cache.snapshots.create(name)
        except SourceBusyError:
            return _LATER
        return "now"

    def _exported(
        self, found: CloudSnapshot, order: Mapping[str, str]
    ) -> AbstractContextManager[Snapshot[RedisProof]] | None:
        files = [one for one in self._cache.bucket.exported(found.name) if one.key.endswith(_RDB)]
        if len(files) > 1:
            raise self._given_up(
                found.name,
                f"snapshot {found.name} was exported to {len(files)} files, one for each shard",
                "back up a cache with one shard; a proof is of one server",
            )
        if files:
            return self._read(files[0], found, order[_LEFT].splitlines())
        try:
            self._cache.snapshots.export(found.name, self._cache.bucket.name)
        except (SourceUnreachableError, SourceBusyError):
            raise
        except SourceError as refused:  # no later run would fare better: one mail, and a new order next time
            raise self._given_up(found.name, refused.message, refused.cure) from None
        return None

    def _given_up(self, name: str, message: str, cure: str) -> OrderLostError:
        """Remove what was made for an order, and return what to raise."""
        try:
            self.collected({_SNAPSHOT: name})
        except SourceError as left:
            return OrderLostError(f"{message}; {left.message}", cure)
        return OrderLostError(message, cure)

    def _removed(self, names: SnapshotNames, before: datetime) -> list[str]:
        """Remove what earlier orders left; return what could not be removed, and why."""
        left: list[str] = []

        def is_old(name: str) -> bool:
            moment = names.moment(name)
            return moment is not None and moment < before

        objects = [one.key for one in self._cache.bucket.exported(names.prefix) if is_old(one.key)]
        snapshots = [name for name in self._cache.snapshots.names() if is_old(name)]
        removals = [
            *(partial(self._cache.bucket.remove, key) for key in objects),
            *(partial(self._cache.snapshots.remove, name) for name in snapshots),
        ]
        for remove in removals:
            try:
                remove()
            except SourceError as error:
                left.append(f"an earlier run left something behind: {error}")
        return left

    @contextmanager
    def _read(
        self, file: Exported, found: CloudSnapshot, left: Sequence[str]
    ) -> Iterator[Snapshot[RedisProof]]:
        damaged = partial(self._given_up, found.name)
        with self._reading(partial(self._cache.bucket.read, file.key)) as snapshot:
            yield ExportedSnapshot(snapshot, Estimate(bytes=file.bytes), found.taken, left, damaged)


@dataclass
class ExportedSnapshot:
    """An exported RDB that is being read; implements ports.Snapshot.

    of_rdb: what reads it.
    left: what earlier runs left that could not be removed.
    damaged: gives the order up, by message and cure; nothing would come of reading the same bytes again.
    """

    of_rdb: Snapshot[RedisProof]
    estimate: Estimate
    taken: datetime | None
    left: Sequence[str]
    damaged: Callable[[str, str], OrderLostError]

    def prove(self, level: Level, progress: Progress) -> ProofTask[RedisProof]:
        """Begin to prove what the archive is about to hold."""
        return self.of_rdb.prove(level, progress)

    def archive(self) -> Iterator[bytes]:
        """Yield the archive's bytes. Raise OrderLostError if the export is no whole RDB, else SourceError."""
        try:
            yield from self.of_rdb.archive()
        except DumpFailedError as error:
            raise self.damaged(error.message, error.cure) from None
        self.taken = self.of_rdb.taken or self.taken

    def warnings(self) -> Sequence[str]:
        """Name what could not be removed, beside what is odd about the RDB."""
        return (*self.of_rdb.warnings(), *self.left)

    def tools(self) -> Mapping[str, str]:
        """Name the programs that the RDB was proven with."""
        return self.of_rdb.tools()
