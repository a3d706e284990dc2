"""Watching sizes: a backup that is whole, and yet far smaller or larger than those before it, is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from scims_backup.domain.alert.texts import size
from scims_backup.domain.anomaly import COMPARED, OddRows, OddSize, OddTable, odd_size
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError
from scims_backup.domain.events import MOST_FINDINGS, Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Catalog, Engines, Progress
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.proofs import load_proof
from scims_backup.usecases.stored.surveying import Known, backups_in_order

_NAMED = 5
"""So many tables are named to people; the event has more."""


@dataclass
class Watched:
    """What a look at a backup came to.

    backup: None if there is none; told: the kinds of the events that tell of it; said: the same for people;
    problems: what could not be read or recorded, so that nothing is known of it.
    """

    backup: BackupId | None = None
    told: list[Kind] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """What somebody who took the backup should read."""
        return [*self.said, *(f"sizes and rows are not compared with this: {one}" for one in self.problems)]


@dataclass(frozen=True)
class WatchSizes:
    """Watches the backups of one source."""

    source: str
    catalog: Catalog
    engines: Engines
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def run(self, backup: BackupId | None = None) -> Watched:
        """Look at a backup, or the newest, beside those before it; events tell what is odd, each once.

        No error of the catalog is raised: what cannot be read is skipped, and told in what is returned.
        """
        watched = Watched()
        try:
            self._watch(backup, watched)
        except CatalogError as error:
            watched.problems.append(str(error))
        return watched

    def _watch(self, backup: BackupId | None, watched: Watched) -> None:
        backups = self._newest_first(backup)
        if not backups:
            return
        watched.backup = backups[0].backup
        watched.problems += [one.problem for one in backups if one.manifest is None]
        newest = backups[0].manifest
        if newest is None:
            return
        earlier = [one.manifest for one in backups[1:] if one.manifest is not None]
        self._look_at_size(newest, [manifest.archive.bytes for manifest in earlier], watched)
        if earlier:
            self._look_at_rows(newest, earlier[0], watched)

    def _newest_first(self, backup: BackupId | None) -> list[Known]:
        """The backup that is looked at and so many before it; nothing if it has been removed meanwhile."""
        backups = backups_in_order(self.catalog, self.source)[::-1]
        if backup is not None:
            at = next((number for number, one in enumerate(backups) if one.backup == backup), len(backups))
            backups = backups[at:]
        return backups[: COMPARED + 1]

    def _look_at_size(self, newest: Manifest, earlier: list[int], watched: Watched) -> None:
        odd = odd_size(earlier, newest.archive.bytes)
        if odd is not None:
            watched.said.append(_size_said(newest.backup, odd))
            facts = {"bytes": odd.found, "expected_bytes": odd.expected, "compared": odd.compared}
            self._tell(Kind.BACKUP_SIZE_ANOMALY, newest, facts, watched)

    def _look_at_rows(self, newest: Manifest, before: Manifest, watched: Watched) -> None:
        proofs = [load_proof(self.catalog, one, self.engines) for one in (before, newest)]
        odd = self.engines.of(newest).odd_rows(*proofs)
        if odd:
            watched.said.append(_rows_said(newest.backup, before.backup, odd))
            facts = {**_facts(odd), "compared_with": str(before.backup)}
            self._tell(Kind.ROW_COUNT_ANOMALY, newest, facts, watched)

    def _tell(self, kind: Kind, newest: Manifest, facts: Mapping[str, object], watched: Watched) -> None:
        try:
            self._teller.tell_once(kind, Severity.WARNING, facts, newest.finished, newest.backup)
        except CatalogError as error:
            watched.problems.append(f"{kind} of {newest.backup} could not be recorded: {error}")
        else:
            watched.told.append(kind)

    @cached_property
    def _teller(self) -> EventLog:
        return EventLog(self.source, self.catalog, self.clock, self.new_id, self.progress)


def _facts(odd: OddRows) -> dict[str, object]:
    return {
        "rows": odd.found,
        "expected_rows": odd.expected,
        "tables": [vars(table) for table in odd.tables[:MOST_FINDINGS]],
        "tables_in_all": len(odd.tables),
    }


def _size_said(backup: BackupId, odd: OddSize) -> str:
    usual = f"{size(odd.expected)} are usual ({odd.compared} backups before it)"
    return f"{backup} has {size(odd.found)}, and {usual}"


def _rows_said(backup: BackupId, before: BackupId, odd: OddRows) -> str:
    """The rows in all, and the tables that lost the most, e.g. `public.items 500 of 5000`."""
    tables = [f"{table.table} {_left(table)}" for table in odd.tables[:_NAMED]]
    more = f" and {len(odd.tables) - _NAMED} more" if len(odd.tables) > _NAMED else ""
    fallen = f"; tables: {', '.join(tables)}{more}" if tables else ""
    return f"{backup} has {odd.found} rows, and {before} had {odd.expected}{fallen}"


def _left(table: OddTable) -> str:
    return "is gone" if table.found is None else f"{table.found} rows of {table.expected}"
