"""The nights of a source: the records of its completed backups, one for each day, as anomalies need them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scims_backup.domain import keys
from scims_backup.domain.anomalies.usual import NIGHTS
from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.records_of_runs import record_of_backup
from scims_backup.domain.run_record import RunKind, RunRecord
from scims_backup.ports import Catalog, Engines, Progress, Proof
from scims_backup.usecases.stored.history import read_records, record_keys, record_run
from scims_backup.usecases.stored.proofs import load_proof

_LOOKED_BACK = timedelta(days=100)
"""A job on the first of each month has run three times by then: it is known as a habit."""


@dataclass(frozen=True)
class Nights:
    """The nights before a backup, oldest first, and its own as the last.

    unrecorded: what the history lacks of them.
    uncounted: what the backup holds, though nothing of it was counted.
    problems: what could not be read.
    """

    records: tuple[RunRecord, ...]
    unrecorded: Sequence[RunRecord] = ()
    uncounted: Collection[str] = ()
    problems: tuple[str, ...] = ()


def keep_record(catalog: Catalog, record: RunRecord, progress: Progress) -> None:
    """Keep the record of a completed backup; whoever writes it writes the same under the same name."""
    record_run(catalog, record, BackupId.parse(str(record.backup)).stamp, progress)


@dataclass(frozen=True)
class ReadNights:
    """Reads the nights of one source."""

    catalog: Catalog
    engines: Engines

    def run(self, newest: Manifest, earlier: Sequence[Manifest]) -> Nights:
        """Return the nights up to a backup.

        earlier: the backups before it that are there; the last of them are read if the history lacks them.
        Raise CatalogError if the catalog cannot be read, UnknownEngineError without the backup's engine.
        """
        last, uncounted, problem = self._read(newest)
        every = list(self._listed(newest))
        listed = [key for key in every if key != _key(newest)]
        made, unread = self._made(listed, newest, earlier)
        chosen = _one_a_day(sorted({*listed, *made}))
        history = read_records(self.catalog, [key for key in chosen if key not in made])
        before = [*history.records, *(made[key] for key in chosen if key in made)]
        nights = sorted((one for one in before if _is_before(one, last)), key=lambda one: one.began)
        unkept = made if _key(newest) in every else {**made, _key(newest): last}
        unrecorded = [one for one in unkept.values() if one.in_all is not None]
        return Nights((*nights, last), unrecorded, uncounted, (*problem, *unread, *history.problems))

    def _read(self, manifest: Manifest) -> tuple[RunRecord, Collection[str], Sequence[str]]:
        """The record of a backup, what its proof did not count, and why the proof cannot be read."""
        words = self.engines.of(manifest).words
        try:
            proof: Proof = load_proof(self.catalog, manifest, self.engines)
        except (DocumentError, KeyMissingError) as error:
            return record_of_backup(manifest, None, words), (), [error.message]
        holdings = proof.holdings()
        return record_of_backup(manifest, holdings, words), holdings.uncounted, ()

    def _listed(self, newest: Manifest) -> Iterator[str]:
        """The keys of the records of completed backups."""
        since, source = newest.started - _LOOKED_BACK, newest.backup.source
        for key in record_keys(self.catalog, source, since, newest.started):
            if keys.kind_of_record(key) == RunKind.BACKUP and is_stamp(keys.name_of_record(key)):
                yield key

    def _made(
        self, listed: Collection[str], newest: Manifest, earlier: Sequence[Manifest]
    ) -> tuple[dict[str, RunRecord], list[str]]:
        """The records of the last backups that the history lacks, by their keys, and what cannot be read."""
        made, problems = dict[str, RunRecord](), list[str]()
        for manifest in earlier[-NIGHTS:]:
            if _key(manifest) not in listed and manifest.is_like(newest):
                made[_key(manifest)], _, problem = self._read(manifest)
                problems += problem
        return made, problems


def _key(manifest: Manifest) -> str:
    """The key of the record of a backup."""
    backup = manifest.backup
    return keys.run_record(backup.source, manifest.started, RunKind.BACKUP, backup.stamp)


def _one_a_day(ordered: Iterable[str]) -> list[str]:
    """The last record of each day."""
    last: dict[date, str] = {keys.began_of_record(key).date(): key for key in ordered}
    return list(last.values())


def _is_before(night: RunRecord, last: RunRecord) -> bool:
    """Say whether a night counts the same things: a source may get another engine."""
    return (night.unit, night.namespace) == (last.unit, last.namespace) and night.began < last.began
