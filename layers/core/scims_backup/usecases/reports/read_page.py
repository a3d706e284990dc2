"""Reading what the page of one source shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, is_stamp, moment_of, stamp_of
from scims_backup.domain.drill_history import drills_by_stamp
from scims_backup.domain.errors import DocumentError, KeyMissingError, NothingToWorkOnError
from scims_backup.domain.page import SourcePage, Year, source_page
from scims_backup.domain.page.drills import drills_of
from scims_backup.domain.page.nights import completed_backups
from scims_backup.domain.page.source_page import Lists
from scims_backup.domain.records_of_runs import record_of_backup
from scims_backup.domain.retention import Plan
from scims_backup.domain.run_record import RunRecord, RunResult
from scims_backup.domain.status import SourceStatus
from scims_backup.domain.status.drill_record import judged_drill
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.domain.words import ROWS_OF_TABLES
from scims_backup.ports import Catalog
from scims_backup.usecases.reports.checklist import ReadChecklist
from scims_backup.usecases.retention.prune_backups import plan_prune
from scims_backup.usecases.stored.history import read_history
from scims_backup.usecases.stored.manifests import backups_in_order

_Name = tuple[str, str]
"""The id of a backup, and the name of its drill."""


@dataclass(frozen=True)
class ReadPage:
    """Reads the page of one source. checklist: reads that of the source, and says where all else is."""

    checklist: ReadChecklist

    @property
    def _source(self) -> str:
        return self.checklist.source

    @property
    def _catalog(self) -> Catalog:
        return self.checklist.catalog

    def run(self, status: SourceStatus) -> SourcePage:
        """Read all of it as at the moment of a status. Raise CatalogError if the catalog cannot be read."""
        now = status.at
        year = Year(now, self.checklist.policy.zone)
        history = read_history(self._catalog, self._source, year.since, now)
        listed = self._listed_drills(year)
        backups = self._unrecorded_backups(history.records, year)
        reports, problems = self._reports(_worth_reading(listed, history.records))
        drills = _unrecorded_drills(listed, history.records, reports)
        return source_page(
            status,
            [*history.records, *backups, *drills],
            year,
            self._plan(now),
            reports,
            self._lists(now),
            [*history.problems, *problems],
        )

    def _listed_drills(self, year: Year) -> dict[_Name, Verdict]:
        """The verdicts of the year's drills, by the names of their keys."""
        found = drills_by_stamp(self._source, self._catalog.keys(keys.drills(self._source)))
        return {
            (str(BackupId(self._source, stamp)), drill.name): drill.verdict
            for stamp, drills in found.items()
            for drill in drills
            if drill.verdict is not None
            and is_stamp(drill.name)
            and is_stamp(stamp)
            and year.since <= moment_of(drill.name) <= year.now
        }

    def _unrecorded_backups(self, records: Iterable[RunRecord], year: Year) -> list[RunRecord]:
        """Backups from before there were records of runs, as their manifests describe them."""
        recorded = {one.backup for one in completed_backups(records)}
        known = backups_in_order(self._catalog, self._source)
        manifests = [one.manifest for one in known if one.manifest and str(one.backup) not in recorded]
        return [
            record_of_backup(one, None, ROWS_OF_TABLES)
            for one in manifests
            if year.since <= one.started <= year.now
        ]

    def _reports(self, names: Iterable[_Name]) -> tuple[dict[_Name, Report], list[str]]:
        reports, problems = dict[_Name, Report](), list[str]()
        for backup, name in names:
            key = keys.drill_report(BackupId.parse(backup), name)
            try:
                reports[backup, name] = Report.from_bytes(self._catalog.get(key), key)
            except (DocumentError, KeyMissingError) as error:
                problems.append(error.message)
        return reports, problems

    def _plan(self, now: datetime) -> Plan | None:
        policy = self.checklist.policy
        return None if policy.is_empty else plan_prune(self._catalog, self._source, policy, now)

    def _lists(self, now: datetime) -> Lists:
        try:
            return dict(self.checklist.run(now).lists)
        except NothingToWorkOnError:  # before the first backup, which the judgement says
            return {}


def _recorded(records: Iterable[RunRecord]) -> dict[_Name, RunResult]:
    return {(one.backup or "", stamp_of(one.began)): one.result for one in drills_of(records)}


def _worth_reading(listed: dict[_Name, Verdict], records: Sequence[RunRecord]) -> list[_Name]:
    """The drills that found something, and those of which no record tells how long they took."""
    recorded = _recorded(records)
    return [name for name, verdict in listed.items() if verdict is Verdict.FAILED or name not in recorded]


def _unrecorded_drills(
    listed: dict[_Name, Verdict], records: Sequence[RunRecord], reports: dict[_Name, Report]
) -> list[RunRecord]:
    recorded = _recorded(records)
    return [
        judged_drill(BackupId.parse(backup), name, reports.get((backup, name)) or Report(verdict), verdict)
        for (backup, name), verdict in listed.items()
        if (backup, name) not in recorded
    ]
