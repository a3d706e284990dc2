"""Summarising what the documents of a source say, for `status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.drill_history import Drill, deciding_drill, drills_by_stamp
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.records_of_runs import record_of_backup
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.status import Seen
from scims_backup.domain.status.drill_record import judged_drill
from scims_backup.domain.status.source_status import NIGHTS
from scims_backup.domain.status.summary import Summary
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.domain.words import ROWS_OF_TABLES
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.watch_objectives import noted_since
from scims_backup.usecases.drills.believed_verdicts import newest_proven
from scims_backup.usecases.stored.history import read_history
from scims_backup.usecases.stored.manifests import Known, backups_in_order, not_to_come, of_engines

Drills = Mapping[str, Sequence[Drill]]
"""The drills of each backup, by its stamp."""


@dataclass(frozen=True)
class Summarise:
    """Summarises one source. formats: of the engines that this version has."""

    source: str
    catalog: Catalog
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    def run(self, now: datetime) -> Summary:
        """Read the documents as at a moment. Raise CatalogError if they cannot be read."""
        found = of_engines(backups_in_order(self.catalog, self.source), self.formats)
        known = not_to_come(found, now)
        if not known:
            return self._of_records(Summary(), now)
        drills = drills_by_stamp(self.source, self.catalog.keys(keys.drills(self.source)))
        proven = newest_proven(self.catalog, self.source, known)
        whole = Summary(
            backups=tuple(map(_seen, known)),
            proven=_seen(proven) if proven else None,
            proven_with=self._proven_with(proven.backup, drills) if proven else None,
            proofs_since=self._since(known[0].taken),
            unreadable=tuple(one.backup.stamp for one in known if one.manifest is None),
            verdict=self._verdict(known, drills),
            last_drill=self._last_drill(drills),
        )
        return self._of_records(_measured(whole, [one.manifest for one in known if one.manifest], now), now)

    def _proven_with(self, backup: BackupId, drills: Drills) -> str | None:
        deciding = deciding_drill(drills[backup.stamp])
        return self._report(backup, deciding.name).after_restore if deciding else None

    def _since(self, first: datetime) -> datetime:
        noted = noted_since(self.catalog, self.source)
        return min(noted, first) if noted else first

    def _verdict(self, known: Sequence[Known], drills: Drills) -> RunRecord | None:
        """The drill that decides the newest backup that was drilled."""
        for one in reversed(known):
            deciding = deciding_drill(drills.get(one.backup.stamp, ()))
            if deciding is not None and deciding.verdict is not None:
                return self._drill(one.backup, deciding.name, deciding.verdict)
        return None

    def _last_drill(self, drills: Drills) -> RunRecord | None:
        """The last drill that has ended, of whichever backup."""
        ended = [
            (drill.name, stamp, drill.verdict)
            for stamp, of_backup in drills.items()
            for drill in of_backup
            if drill.verdict is not None and is_stamp(drill.name) and is_stamp(stamp)
        ]
        if not ended:
            return None
        name, stamp, verdict = max(ended)
        return self._drill(BackupId(self.source, stamp), name, verdict)

    def _drill(self, backup: BackupId, name: str, verdict: Verdict) -> RunRecord:
        """A drill by its report; if that cannot be read, by the key of its verdict alone."""
        try:
            report = self._report(backup, name)
        except (DocumentError, KeyMissingError):
            report = Report(verdict)
        return judged_drill(backup, name, report, verdict)

    def _report(self, backup: BackupId, name: str) -> Report:
        key = keys.drill_report(backup, name)
        return Report.from_bytes(self.catalog.get(key), key)

    def _of_records(self, summary: Summary, now: datetime) -> Summary:
        """Complete a summary by the records of runs, which outlive backups and tell of failures too."""
        history = read_history(self.catalog, self.source, now - NIGHTS, now)
        backups = [one for one in history.records if one.kind is RunKind.BACKUP]
        recorded = {one.backup for one in backups if one.result is RunResult.COMPLETED}
        nights = [*backups, *(one for one in summary.nights if one.backup not in recorded)]
        restores = [one for one in history.records if one.kind is RunKind.RESTORE]
        newest = next((one for one in reversed(backups) if one.in_all is not None), None)
        return replace(
            summary,
            nights=tuple(_brief(one) for one in sorted(nights, key=lambda one: one.began)),
            last_restore=_brief(restores[-1]) if restores else None,
            in_all=newest.in_all if newest else None,
            unit=newest.unit if newest else summary.unit,
            measured=tuple(_brief(one) for one in history.records if one.stored_in_all is not None),
            damaged=history.problems,
        )


def _seen(one: Known) -> Seen:
    return Seen(one.backup, one.taken, one.manifest.finished if one.manifest else None)


def _measured(summary: Summary, manifests: Sequence[Manifest], now: datetime) -> Summary:
    """Complete a summary by what manifests say of sizes and nights; they are oldest first."""
    if not manifests:
        return summary
    newest, lately = manifests[-1].archive, (one for one in manifests if one.started >= now - NIGHTS)
    return replace(
        summary,
        nights=tuple(record_of_backup(one, None, ROWS_OF_TABLES) for one in lately),
        archive_bytes=newest.bytes,
        stored_bytes=newest.stored_bytes,
        stored_in_all=sum(one.archive.stored_bytes for one in manifests),
    )


def _brief(record: RunRecord) -> RunRecord:
    return replace(record, counts={}, expiring={})
