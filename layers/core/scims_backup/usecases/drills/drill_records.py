"""Reading and writing what the catalog holds of drills that run as tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, is_stamp, moment_of
from scims_backup.domain.drill_history import Drill, drills_by_stamp
from scims_backup.domain.drill_run import Attempt, DrillRun, Refusal, Request, started_in, task_in
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog

RECENT = timedelta(days=8)
"""Longer than any drill is waited for."""


def attempts_in(
    catalog: Catalog, key: Callable[[str, int], str], found: Collection[str]
) -> tuple[Attempt, ...]:
    """Read the attempts to start a task. key: of what became of one. found: the keys that there are."""
    return tuple(_attempts(catalog, key, found))


def _attempts(catalog: Catalog, key: Callable[[str, int], str], found: Collection[str]) -> Iterator[Attempt]:
    number = 1
    while (started := key("started", number)) in found:
        task, refused = key("task", number), key("refused", number)
        yield Attempt(
            number=number,
            started=started_in(catalog.get(started), started),
            task=task_in(catalog.get(task), task) if task in found else None,
            refused=Refusal.from_bytes(catalog.get(refused), refused) if refused in found else None,
        )
        number += 1


@dataclass(frozen=True)
class DrillRecords:
    """The records of one source's drills."""

    source: str
    catalog: Catalog

    def named(self, drill: str) -> DrillRun | None:
        """Return the drill of that name, of whichever backup; None if there is none."""
        for backup, drills in self._history().items():
            if any(one.name == drill for one in drills):
                return self.of(backup, drill)
        return None

    def to_look_at(self, now: datetime) -> list[tuple[BackupId, str]]:
        """List each drill without a verdict, and recent ones: a run may die after it puts the verdict."""
        return [
            (backup, drill.name)
            for backup, drills in self._history().items()
            for drill in drills
            if drill.verdict is None or (is_stamp(drill.name) and now - moment_of(drill.name) < RECENT)
        ]

    def of(self, backup: BackupId, drill: str) -> DrillRun | None:
        """Return what is known of a drill; None if it does not run as a task. Raise DocumentError."""
        found = set(self.catalog.keys(keys.drill(backup, drill)))
        asked, reported = keys.drill_request(backup, drill), keys.drill_report(backup, drill)
        request = Request.from_bytes(self.catalog.get(asked), asked) if asked in found else None
        if request is None:
            return None
        return DrillRun(
            backup=backup,
            drill=drill,
            request=request,
            attempts=attempts_in(self.catalog, partial(keys.drill_attempt, backup, drill), found),
            report=Report.from_bytes(self.catalog.get(reported), reported) if reported in found else None,
            has_verdict=any(keys.drill_verdict(backup, drill, verdict) in found for verdict in Verdict),
        )

    def _history(self) -> Mapping[BackupId, Sequence[Drill]]:
        found = drills_by_stamp(self.source, self.catalog.keys(keys.drills(self.source)))
        return {BackupId(self.source, stamp): drills for stamp, drills in found.items() if is_stamp(stamp)}
