"""Watching sizes: an event for a whole backup that is far smaller or larger than those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scims_backup.domain.alert.texts import size
from scims_backup.domain.anomaly import COMPARED, OddRows, OddSize, OddTable, odd_size
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError
from scims_backup.domain.events import MOST_FINDINGS, Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.words import ROWS_OF_TABLES, Words
from scims_backup.ports import Catalog, Engines
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.manifests import Known, backups_in_order
from scims_backup.usecases.stored.proofs import load_proof

_NAMED = 5
"""So many tables are named to people; the event has more."""


@dataclass
class SizesCompared:
    """What the comparison of a backup with those before it found.

    backup: None if there is none.
    recorded: the kinds of the events that were recorded.
    described: the same, in words.
    problems: what could not be read or recorded, and so is not known.
    """

    backup: BackupId | None = None
    recorded: list[Kind] = field(default_factory=list)
    described: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """What the person who took the backup should read."""
        return [
            *self.described,
            *(f"sizes and rows are not compared with this: {one}" for one in self.problems),
        ]


@dataclass(frozen=True)
class WatchSizes:
    """Watches the backups of one source."""

    source: str
    catalog: Catalog
    engines: Engines
    events: EventLog

    def run(self, backup: BackupId | None = None) -> SizesCompared:
        """Compare a backup, or the newest, with those before it, and record each anomaly once.

        No error of the catalog is raised: what cannot be read is skipped, and is a problem in the result.
        """
        watched = SizesCompared()
        try:
            self._watch(backup, watched)
        except CatalogError as error:
            watched.problems.append(str(error))
        return watched

    def _watch(self, backup: BackupId | None, watched: SizesCompared) -> None:
        backups = self._newest_first(backup)
        if not backups:
            return
        watched.backup = backups[0].backup
        watched.problems += [one.problem for one in backups if one.manifest is None]
        newest = backups[0].manifest
        if newest is None:
            return
        earlier = [one.manifest for one in backups[1:] if one.manifest and one.manifest.is_like(newest)]
        self._look_at_size(newest, [manifest.archive.bytes for manifest in earlier], watched)
        if earlier:
            self._look_at_rows(newest, earlier[0], watched)

    def _newest_first(self, backup: BackupId | None) -> list[Known]:
        """The backup and the ones before it to compare it with; nothing if it has been removed meanwhile."""
        backups = backups_in_order(self.catalog, self.source)[::-1]
        if backup is not None:
            at = next((number for number, one in enumerate(backups) if one.backup == backup), len(backups))
            backups = backups[at:]
        return backups[: COMPARED + 1]

    def _look_at_size(self, newest: Manifest, earlier: list[int], watched: SizesCompared) -> None:
        odd = odd_size(earlier, newest.archive.bytes)
        if odd is not None:
            watched.described.append(_size_in_words(newest.backup, odd))
            facts = {"bytes": odd.found, "expected_bytes": odd.expected, "compared": odd.compared}
            self._record(Kind.BACKUP_SIZE_ANOMALY, newest, facts, watched)

    def _look_at_rows(self, newest: Manifest, before: Manifest, watched: SizesCompared) -> None:
        proofs = [load_proof(self.catalog, one, self.engines) for one in (before, newest)]
        odd = self.engines.of(newest).odd_rows(*proofs)
        if odd:
            watched.described.append(_rows_in_words(newest.backup, before.backup, odd))
            facts = {**_facts(odd), "compared_with": str(before.backup)}
            self._record(Kind.ROW_COUNT_ANOMALY, newest, facts, watched)

    def _record(
        self, kind: Kind, newest: Manifest, facts: Mapping[str, object], watched: SizesCompared
    ) -> None:
        try:
            self.events.record_once(kind, Severity.WARNING, facts, newest.finished, newest.backup)
        except CatalogError as error:
            watched.problems.append(f"{kind} of {newest.backup} could not be recorded: {error}")
        else:
            watched.recorded.append(kind)


def _facts(odd: OddRows) -> dict[str, object]:
    """Return the facts in the engine's words; they include the words where these are not the usual ones."""
    words, listed = odd.words, odd.tables[:MOST_FINDINGS]
    is_usual = words == ROWS_OF_TABLES
    tables = [
        {"table" if is_usual else "object": one.table, "expected": one.expected, "found": one.found}
        for one in listed
    ]
    return {
        words.units: odd.found,
        f"expected_{words.units}": odd.expected,
        words.namespaces: tables,
        f"{words.namespaces}_in_all": len(odd.tables),
        **({} if is_usual else {"unit": words.unit, "namespace": words.namespace}),
    }


def _size_in_words(backup: BackupId, odd: OddSize) -> str:
    usual = f"usually {size(odd.expected)} (median of {odd.compared} earlier backups)"
    return f"{backup} has {size(odd.found)}, {usual}"


def _rows_in_words(backup: BackupId, before: BackupId, odd: OddRows) -> str:
    """The rows in all, and the tables that lost the most, e.g. `public.items 500 rows of 5000`."""
    words = odd.words
    tables = [f"{table.table} {_left(table, words)}" for table in odd.tables[:_NAMED]]
    more = f" and {len(odd.tables) - _NAMED} more" if len(odd.tables) > _NAMED else ""
    fallen = f"; {words.namespaces}: {', '.join(tables)}{more}" if tables else ""
    return f"{backup} has {odd.found} {words.units}, and {before} had {odd.expected}{fallen}"


def _left(table: OddTable, words: Words) -> str:
    return "is gone" if table.found is None else f"{table.found} {words.units} of {table.expected}"
