"""A year's calendar: for each night what its runs came to, and which of its backups are kept, and why."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from scims_backup.domain.alert.texts import size
from scims_backup.domain.page.drills import verdicts_by_backup
from scims_backup.domain.page.year import Year
from scims_backup.domain.retention import Kept
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult

_DAY = timedelta(days=1)


class Mark(StrEnum):
    """What a night came to. NONE: none was due, or nothing is known of it."""

    PROVEN = "proven"
    TAKEN = "taken"
    FAILED = "failed"
    MISSING = "missing"
    NONE = "none"


@dataclass(frozen=True)
class Night:
    """One day of the calendar.

    says: what happened, in a clause for each run.
    kept: why a backup of this night stays; empty if none does.
    """

    day: date
    mark: Mark
    says: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Runs:
    """What decides about a night without a run.

    completed: when the backups that completed began, oldest first.
    """

    by_day: Mapping[date, Sequence[RunRecord]]
    completed: Sequence[datetime]


def completed_backups(records: Iterable[RunRecord]) -> list[RunRecord]:
    """The backups among records that completed, oldest first."""
    found = (one for one in records if one.kind is RunKind.BACKUP and one.result is RunResult.COMPLETED)
    return sorted(found, key=lambda one: one.began)


def nights(
    records: Iterable[RunRecord], kept: Iterable[Kept], year: Year, backup_age: timedelta
) -> tuple[Night, ...]:
    """Judge every night of the year. backup_age: how old the newest backup may become."""
    every = sorted(records, key=lambda one: one.began)
    verdicts = verdicts_by_backup(every)
    runs, reasons = _runs(every, year), _reasons(every, kept, year)
    return tuple(
        _night(day, runs, verdicts, year, backup_age, tuple(reasons.get(day, ()))) for day in year.days()
    )


def _runs(every: Iterable[RunRecord], year: Year) -> _Runs:
    by_day, completed = defaultdict[date, list[RunRecord]](list), list[datetime]()
    for one in every:
        if one.kind is RunKind.BACKUP and one.began <= year.now:
            by_day[year.day_of(one.began)].append(one)
            completed += [one.began] if one.result is RunResult.COMPLETED else []
    return _Runs(by_day, completed)


def _reasons(every: Iterable[RunRecord], kept: Iterable[Kept], year: Year) -> Mapping[date, list[str]]:
    """Why backups stay, by the night in which each was taken."""
    began = {one.backup: one.began for one in completed_backups(every)}
    reasons = defaultdict[date, list[str]](list)
    for one in kept:
        day = year.day_of(began.get(str(one.backup), one.backup.moment))
        reasons[day] += one.reasons
    return reasons


def _night(
    day: date,
    runs: _Runs,
    verdicts: Mapping[str, RunResult],
    year: Year,
    backup_age: timedelta,
    kept: tuple[str, ...],
) -> Night:
    found = runs.by_day.get(day, ())
    if not found:
        mark, says = _without_run(day, runs.completed, year, backup_age)
        return Night(day, mark, (says,), kept)
    return Night(day, _mark(found, verdicts), tuple(_clause(one, verdicts, year) for one in found), kept)


def _mark(found: Sequence[RunRecord], verdicts: Mapping[str, RunResult]) -> Mark:
    """A night is as good as its best backup."""
    completed = [one for one in found if one.result is RunResult.COMPLETED]
    said = {verdicts.get(one.backup or "") for one in completed}
    if RunResult.PASSED in said:
        return Mark.PROVEN
    return Mark.FAILED if said <= {RunResult.FAILED} else Mark.TAKEN


def _without_run(
    day: date, completed: Sequence[datetime], year: Year, backup_age: timedelta
) -> tuple[Mark, str]:
    """Say whether a backup was due on a day that has none: between two that lie too far apart."""
    ends = year.end_of(day)
    after = bisect_right(completed, ends)
    if not after:
        return Mark.NONE, "before the first backup that is known"
    earlier, later = completed[after - 1], completed[after] if after < len(completed) else year.now
    due = earlier + backup_age - _DAY
    if later - earlier > backup_age and ends > due:
        return Mark.MISSING, "no backup, though one was due"
    return Mark.NONE, "no backup was due"


def _clause(run: RunRecord, verdicts: Mapping[str, RunResult], year: Year) -> str:
    at = f"{run.began.astimezone(year.zone):%H:%M}"
    if run.result is not RunResult.COMPLETED:
        return f"{at} failed{f': {run.reason}' if run.reason else ''}"
    archive = "" if run.bytes is None else f", {size(run.bytes)}"
    verdict = verdicts.get(run.backup or "")
    drilled = "not drilled" if verdict is None else f"drill {verdict}"
    return f"{at} completed{archive}, {drilled}"
