"""The nights of a source: the records of its completed backups, one for each day, as anomalies need them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from scims_backup.domain import keys
from scims_backup.domain.anomalies.usual import NIGHTS
from scims_backup.domain.backup import is_stamp
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.records_of_runs import record_of_backup
from scims_backup.domain.run_record import RunKind, RunRecord
from scims_backup.domain.words import Words
from scims_backup.ports import Catalog, Engines, Progress, Proof
from scims_backup.usecases.stored.history import read_records, record_keys, record_run
from scims_backup.usecases.stored.proofs import load_proof

_LOOKED_BACK = timedelta(days=100)
"""A job on the first of each month has run three times by then: it is known as a habit."""


@dataclass(frozen=True)
class Nights:
    """The nights before a backup, oldest first, and its own as the last.

    unrecorded: those of them that the history lacks, by the stamps of their backups.
    uncounted: what the backup holds, though nothing of it was counted.
    problems: what could not be read.
    """

    records: tuple[RunRecord, ...]
    unrecorded: Mapping[str, RunRecord] = field(default_factory=dict)
    uncounted: Collection[str] = ()
    problems: tuple[str, ...] = ()


def record_backup(
    catalog: Catalog, manifest: Manifest, proof: Proof, words: Words, progress: Progress
) -> None:
    """Keep the record of a backup; whoever writes it writes the same."""
    record = record_of_backup(manifest, proof.holdings(), words)
    record_run(catalog, record, manifest.backup.stamp, progress)


@dataclass(frozen=True)
class ReadNights:
    """Reads the nights of one source."""

    catalog: Catalog
    engines: Engines

    def run(self, newest: Manifest, earlier: Sequence[Manifest]) -> Nights:
        """Return the nights up to a backup.

        earlier: the backups before it that are there; the last of them are read if the history lacks them.
        Raise CatalogError if the catalog cannot be read, DocumentError if the backup's proof cannot be.
        """
        last, uncounted = self._read(newest)
        every = list(self._listed(newest))
        listed = [key for key in every if key != _key(newest)]
        made, unread = self._made(listed, newest, earlier)
        by_key = {_key_of_record(one, stamp): one for stamp, one in made.items()}
        chosen = _one_a_day(sorted({*listed, *by_key}))
        history = read_records(self.catalog, [key for key in chosen if key not in by_key])
        before = [*history.records, *(by_key[key] for key in chosen if key in by_key)]
        nights = sorted((one for one in before if _is_before(one, last)), key=lambda one: one.began)
        unrecorded = made if _key(newest) in every else {**made, newest.backup.stamp: last}
        return Nights((*nights, last), unrecorded, uncounted, (*unread, *history.problems))

    def _read(self, manifest: Manifest) -> tuple[RunRecord, Collection[str]]:
        """The record of a backup, and what its proof did not count."""
        proof: Proof = load_proof(self.catalog, manifest, self.engines)
        holdings = proof.holdings()
        return record_of_backup(manifest, holdings, self.engines.of(manifest).words), holdings.uncounted

    def _listed(self, newest: Manifest) -> Iterator[str]:
        """The keys of the records of completed backups."""
        since, source = newest.started - _LOOKED_BACK, newest.backup.source
        for key in record_keys(self.catalog, source, since, newest.started):
            if keys.kind_of_record(key) == RunKind.BACKUP and is_stamp(keys.name_of_record(key)):
                yield key

    def _made(
        self, listed: Collection[str], newest: Manifest, earlier: Sequence[Manifest]
    ) -> tuple[dict[str, RunRecord], list[str]]:
        """The records of the last backups that the history lacks, and why others cannot be read."""
        made, problems = dict[str, RunRecord](), list[str]()
        for manifest in earlier[-NIGHTS:]:
            if _key(manifest) in listed or not manifest.is_like(newest):
                continue
            try:
                made[manifest.backup.stamp], _ = self._read(manifest)
            except (DocumentError, KeyMissingError) as error:
                problems.append(error.message)
        return made, problems


def _key(manifest: Manifest) -> str:
    """The key of the record of a backup."""
    backup = manifest.backup
    return keys.run_record(backup.source, manifest.started, RunKind.BACKUP, backup.stamp)


def _key_of_record(record: RunRecord, stamp: str) -> str:
    return keys.run_record(record.source, record.began, record.kind, stamp)


def _one_a_day(ordered: Iterable[str]) -> list[str]:
    """The last record of each day."""
    last: dict[date, str] = {keys.began_of_record(key).date(): key for key in ordered}
    return list(last.values())


def _is_before(night: RunRecord, last: RunRecord) -> bool:
    """Say whether a night counts the same things: a source may get another engine."""
    return (night.unit, night.namespace) == (last.unit, last.namespace) and night.began < last.began
