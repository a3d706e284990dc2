"""Concluding a drill: its report is the decision, and verdict and event follow from it alone."""

from __future__ import annotations

from contextlib import suppress

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, moment_of
from scims_backup.domain.errors import KeyTakenError
from scims_backup.domain.events import drill_event
from scims_backup.domain.records_of_runs import record_of_drill
from scims_backup.domain.room_event import drill_room_event
from scims_backup.domain.verdict import Report
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.alerts.event_log import record_if_new
from scims_backup.usecases.stored.history import record_run


def conclude(catalog: Catalog, backup: BackupId, drill: str, report: Report, progress: Progress) -> None:
    """Keep the verdict of a drill, its record in the history, and its event.

    Idempotent, also across versions of this program.

    The event is last, so that whatever it triggers finds the verdict. Raise CatalogError if that fails.
    """
    verdict = keys.drill_verdict(backup, drill, report.verdict)
    with suppress(KeyTakenError):  # it is there, as another version writes it; the report decides
        catalog.put_new(verdict, report.to_bytes())
    record_run(catalog, record_of_drill(backup, drill, report), f"{backup.stamp}-{drill}", progress)
    ended = report.ended or moment_of(drill)
    short = drill_room_event(backup, drill, report, ended)
    if short is not None:
        record_if_new(catalog, short)
    record_if_new(catalog, drill_event(backup, drill, report, ended))
