"""A source whose drills run as tasks, with catalog and tasks in memory; time passes when told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.errors import KeyTakenError
from scims_backup.domain.sandbox_server import ServerAddress
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import TaskOrder
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.drills.drill_servers import DrillServers
from scims_backup.usecases.drills.orchestrate_drills import OrchestrateDrills
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, a_report, put_backup
from tests.mortal import Life, Mortal

SCHEDULED = datetime(2026, 11, 22, 3, tzinfo=UTC)
DRILL = "20261122T030000Z"
BACKUP = BackupId("scims-db", "20261122T020000Z")
PATIENCE = timedelta(hours=6)


@dataclass
class MemoryTasks:
    """Tasks as ECS keeps them. refusals: raised by the next starts; forgets: stopped ones are not known."""

    started: dict[str, TaskOrder] = field(default_factory=dict)
    stopped: dict[str, Stopped] = field(default_factory=dict)
    refusals: list[Exception] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    forgets: bool = False
    starts: int = 0
    servers: list[ServerAddress | None] = field(default_factory=list)

    def start(self, order: TaskOrder, server: ServerAddress | None = None) -> str:
        self.starts += 1
        self.servers.append(server)
        if self.refusals:
            raise self.refusals.pop(0)
        task = f"arn/{order.drill}-{order.attempt}"
        self.started.setdefault(task, order)
        return task

    def find(self, order: TaskOrder) -> str | None:
        task = f"arn/{order.drill}-{order.attempt}"
        return task if task in self.started else None

    def look(self, task: str, attempt: int) -> Running | Stopped | Gone:  # noqa: ARG002  a task knows its own
        if task in self.stopped:
            return Gone() if self.forgets else self.stopped[task]
        return Running() if task in self.started else Gone()

    def last_lines(self, task: str) -> list[str]:  # noqa: ARG002  all write the same
        return self.lines

    def stop(self, task: str, why: str) -> None:
        self.stopped.setdefault(task, Stopped(self.started[task].attempt, why))

    def expired(self, now: datetime) -> list[str]:
        return [task for task in self.running() if self.started[task].expires <= now]

    def running(self) -> list[str]:
        return [task for task in self.started if task not in self.stopped]


class World:
    """One backup, and everything that a drill of it meets."""

    def __init__(self, servers: Any = None) -> None:
        self.servers = servers
        self.catalog, self.tasks, self.progress = MemoryCatalog(), MemoryTasks(), RecordedProgress()
        self.now, self._ids = SCHEDULED, count()
        put_backup(self.catalog, a_manifest(BACKUP.stamp))

    def clock(self) -> datetime:
        return self.now

    def new_id(self) -> str:
        return f"{next(self._ids):032x}"

    def drills(self, life: Life | None = None) -> OrchestrateDrills:
        catalog: Any = self.catalog if life is None else Mortal(self.catalog, life)
        servers: Any = self.servers if life is None else Mortal(self.servers, life)
        tasks: Any = self.tasks if life is None else Mortal(self.tasks, life)
        return OrchestrateDrills(
            source=BACKUP.source,
            catalog=catalog,
            tasks=tasks,
            events=EventLog(BACKUP.source, catalog, self.clock, self.new_id, self.progress),
            clock=self.clock,
            new_id=self.new_id,
            progress=self.progress,
            patience=PATIENCE,
            servers=DrillServers("stack", servers, catalog, self.progress) if self.servers else None,
        )

    def report(self, report: Report | None = None) -> bool:
        """Let a task leave its report; False if the drill has one already."""
        chosen = report or a_report(Verdict.PASSED)
        try:
            self.catalog.put_new(keys.drill_report(BACKUP, DRILL), chosen.to_bytes())
        except KeyTakenError:
            return False
        return True

    def tick(self, hours: float = 1) -> None:
        """Let time pass, and look."""
        self.now += timedelta(hours=hours)
        self.drills().look(self.now)

    def tick_until_over(self) -> None:
        """Look hourly until long after the deadline."""
        for _ in range(9):
            self.tick()

    def verdicts(self) -> list[str]:
        return [key.rpartition("/")[2] for key in self.catalog.keys("drills/") if "/verdict." in key]

    def told(self) -> list[str]:
        """The kinds of events, but for DrillStarted."""
        kinds = (key.split("-")[1] for key in self.catalog.keys("events/"))
        return [kind for kind in kinds if kind != "DrillStarted"]

    def event(self, kind: str) -> bytes:
        (key,) = [key for key in self.catalog.keys("events/") if f"-{kind}-" in key]
        return self.catalog.get(key)
