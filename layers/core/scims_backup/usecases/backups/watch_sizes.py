"""Watching each night beside those before it: an event for whatever is odd about a whole backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scims_backup.domain.anomalies import Told, anomalies, told
from scims_backup.domain.anomalies.losses import lossy_nights
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.run_record import RunRecord
from scims_backup.ports import Catalog, Engines
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.nights import Nights, ReadNights, keep_record
from scims_backup.usecases.retention.lost_rows_hold import held_before_loss, hold_before_loss
from scims_backup.usecases.stored.manifests import Known, backups_in_order


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
        """Compare a backup, or the newest, with those before it, and record what is odd about it once.

        The last backup from before rows were lost is held from then on.
        No error of the catalog is raised: what cannot be read is skipped, and is a problem in the result.
        """
        watched = SizesCompared()
        try:
            self._watch(backup, watched)
        except CatalogError as error:
            watched.problems.append(str(error))
        return watched

    def _watch(self, backup: BackupId | None, watched: SizesCompared) -> None:
        backups = self._up_to(backup)
        if not backups:
            return
        watched.backup = backups[-1].backup
        watched.problems += [one.problem for one in backups if one.manifest is None]
        newest = backups[-1].manifest
        if newest is None:
            return
        earlier = [one.manifest for one in backups[:-1] if one.manifest is not None]
        nights = ReadNights(self.catalog, self.engines).run(newest, earlier)
        watched.problems += nights.problems
        for record in nights.unrecorded:
            keep_record(self.catalog, record, self.events.progress)
        for one in told(anomalies(nights.records, nights.uncounted), nights.records):
            watched.described.append(f"{newest.backup} {one.text}")
            self._record(one, newest, earlier, nights, watched)

    def _up_to(self, backup: BackupId | None) -> list[Known]:
        """The backup and the ones before it; nothing if it has been removed meanwhile."""
        backups = backups_in_order(self.catalog, self.source)
        if backup is None:
            return backups
        at = next((number for number, one in enumerate(backups) if one.backup == backup), -1)
        return backups[: at + 1]

    def _record(
        self, one: Told, newest: Manifest, earlier: Sequence[Manifest], nights: Nights, watched: SizesCompared
    ) -> None:
        """Record an anomaly; what it calls for is done first, and not again once it is recorded."""
        try:
            facts = dict(one.facts)
            if one.kind is Kind.ROWS_LOST:
                facts |= self._held(newest, earlier, nights)
            self.events.record_once(one.kind, one.severity, facts, newest.finished, newest.backup)
        except CatalogError as error:
            watched.problems.append(f"{one.kind} of {newest.backup} could not be recorded: {error}")
        else:
            watched.recorded.append(one.kind)

    def _held(self, newest: Manifest, earlier: Sequence[Manifest], nights: Nights) -> dict[str, str]:
        """Hold the last backup from before a loss that was not recorded yet; return what is held."""
        lossy = lossy_nights(nights.records, nights.uncounted)
        if not any(self._is_recorded(one) for one in lossy):
            before = [one.backup for one in reversed(earlier) if one.started < lossy[0].began]
            hold_before_loss(self.catalog, before)
        held = held_before_loss(self.catalog, newest.backup.source)
        return {"held": str(max(held))} if held else {}

    def _is_recorded(self, night: RunRecord) -> bool:
        """Say whether a night's loss is recorded: then a person may have released the hold since."""
        backup = BackupId.parse(str(night.backup))
        return self.events.has_recorded_once(Kind.ROWS_LOST, Severity.ERROR, night.ended, backup)
