"""What the catalog holds about one source, as far as the checklist asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, moment_of
from scims_backup.domain.checklist.lines import Evidence, Line, State
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Plan
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.status import Judged, SourceStatus, Topic, judged
from scims_backup.domain.verdict import Report, Verdict


@dataclass(frozen=True)
class Unreadable:
    """An object that cannot be read, and why."""

    key: str
    why: str

    @property
    def evidence(self) -> Evidence:
        """That it cannot be read."""
        return Evidence(self.key, self.why)


@dataclass(frozen=True)
class Told:
    """An event under its key.

    sent: the key that says that a mail or a notification about it was sent; empty if none does.
    """

    key: str
    event: Event
    sent: str = ""

    def evidence(self, fact: str = "") -> Evidence:
        """Its evidence; the event's message unless another fact is given."""
        return Evidence(self.key, fact or str(self.event.facts.get("message") or self.event.kind))


@dataclass(frozen=True)
class Content:
    """What the newest backup's proof counts.

    text: in words, e.g. `12 tables, 3,400 rows`.
    total: of what it counts in all.
    unit: one of these, e.g. `row`.
    """

    text: str
    total: int
    unit: str


@dataclass(frozen=True)
class DrillFacts:
    """A drill that has ended.

    name: a stamp
    as_task: whether it ran as a task, None if that is not known
    """

    backup: BackupId
    name: str
    report: Report | Unreadable
    as_task: bool | None = None

    @property
    def key(self) -> str:
        """The key of its report."""
        return keys.drill_report(self.backup, self.name)

    def evidence(self, fact: str) -> Evidence:
        """What its report says."""
        return Evidence(self.key, fact)

    @property
    def ended(self) -> datetime:
        """When it was over, or began if the report does not say that."""
        if isinstance(self.report, Report) and self.report.ended is not None:
            return self.report.ended
        return moment_of(self.name)


@dataclass(frozen=True)
class SignedDrill:
    """A full drill by hand, and who answers for it."""

    key: str
    sign_off: SignOff | Unreadable
    verdict: Verdict


@dataclass(frozen=True)
class Facts:
    """All that the lines are made of.

    status: of the source, which is judged as everywhere.
    backups: oldest first, at least one.
    manifest: of the newest.
    earlier: those before it that can be read, newest first.
    content: of the newest backup's proof; None if its manifest cannot be read.
    nights: the records of the nights before, oldest first, and of the newest backup as the last.
    uncounted: what the newest backup holds, though nothing of it was counted.
    plan: of the retention policy, None if there is none.
    told: events, newest first.
    unread: events that could not be read.
    conclusive: the newest drill that could look.
    latest: the newest that has ended.
    signed: the newest full drill by hand.
    """

    status: SourceStatus
    backups: tuple[BackupId, ...]
    manifest: Manifest | Unreadable
    earlier: tuple[Manifest, ...] = ()
    content: Content | Unreadable | None = None
    nights: tuple[RunRecord, ...] = ()
    uncounted: Collection[str] = ()
    plan: Plan | None = None
    told: tuple[Told, ...] = ()
    unread: tuple[Unreadable, ...] = ()
    conclusive: DrillFacts | None = None
    latest: DrillFacts | None = None
    signed: SignedDrill | None = None

    @property
    def now(self) -> datetime:
        """The moment at which the catalog was read."""
        return self.status.at

    @property
    def newest(self) -> BackupId:
        """The newest backup."""
        return self.backups[-1]

    @property
    def source(self) -> str:
        """Whose backups these are."""
        return self.newest.source

    def judged(self, topic: Topic) -> Judged | None:
        """What is judged of a topic; None if it does not apply."""
        return next((one for one in judged(self.status) if one.topic is topic), None)

    def of_kinds(self, *kinds: Kind) -> Iterator[Told]:
        """Yield the events of some kinds, newest first."""
        return (one for one in self.told if one.event.kind in kinds)

    def about_newest(self, kind: Kind) -> Told | None:
        """The last event of a kind about the newest backup."""
        return next((one for one in self.of_kinds(kind) if one.event.backup == str(self.newest)), None)

    def doubted(self, line: Line) -> Line:
        """The line, unless it holds only because an event that says otherwise may be among the unread."""
        if line.state is not State.YES or not self.unread:
            return line
        evidence = (*line.evidence, *(one.evidence for one in self.unread))
        return replace(line, state=State.UNKNOWN, evidence=evidence, cure="find out why these cannot be read")
