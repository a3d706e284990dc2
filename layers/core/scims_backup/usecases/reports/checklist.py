"""The checklist: what the catalog says of a source, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from scims_backup.domain import checklist, keys
from scims_backup.domain.anomalies.usual import NIGHTS
from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.checklist import (
    Content,
    DrillFacts,
    Facts,
    Line,
    Look,
    SignedDrill,
    State,
    Told,
    Unreadable,
)
from scims_backup.domain.counting import counted
from scims_backup.domain.drill_history import drills_by_stamp
from scims_backup.domain.drill_run import Request
from scims_backup.domain.errors import (
    DocumentError,
    KeyMissingError,
    NothingToWorkOnError,
    UnknownEngineError,
)
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Plan, Policy
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.status import Watched
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog, Engines, Proof
from scims_backup.usecases.alerts.sent_records import sent_about
from scims_backup.usecases.backups.nights import Nights, ReadNights
from scims_backup.usecases.reports.read_status import ReadStatus
from scims_backup.usecases.reports.recent_runs import DAYS
from scims_backup.usecases.retention.prune_backups import plan_prune
from scims_backup.usecases.stored.manifests import backups_in_order
from scims_backup.usecases.stored.proofs import load_proof

_OF_NO_LINE = (Kind.DRILL_STARTED, Kind.DRILL_PASSED)
"""Need not be read."""

Document = TypeVar("Document")


@dataclass(frozen=True)
class Checklist:
    """The three lists, and what their lines are about.

    backup: the newest.
    drill: the one that the restore list describes; None before any drill could look.
    """

    backup: BackupId
    at: datetime
    drill: tuple[BackupId, str] | None
    lists: Mapping[str, tuple[Line, ...]]

    @property
    def state(self) -> State:
        """The state of all lines together."""
        return checklist.worst(line for lines in self.lists.values() for line in lines)


@dataclass(frozen=True)
class ReadChecklist:
    """Reads the checklist of one source.

    watched: as the settings describe it.
    """

    watched: Watched
    catalog: Catalog
    engines: Engines
    policy: Policy

    @property
    def source(self) -> str:
        """Whose checklist it is."""
        return self.watched.source

    def run(self, now: datetime) -> Checklist:
        """Read the catalog as at a moment; what cannot be read is in the evidence.

        Raise NothingToWorkOnError if there is no backup, CatalogUnreachableError if the catalog is not there.
        """
        facts = self._facts(now)
        drill = facts.conclusive
        return Checklist(
            facts.newest,
            now,
            None if drill is None else (drill.backup, drill.name),
            {
                "backup": checklist.backup_lines(facts),
                "restore": checklist.restore_lines(facts, self._looks(facts)),
                "automation": checklist.automation_lines(facts),
            },
        )

    def _facts(self, now: datetime) -> Facts:
        backups = [one.backup for one in backups_in_order(self.catalog, self.source)]
        if not backups:
            raise NothingToWorkOnError(
                f"source {self.source} has no backup yet", "run scims-backup backup, then drill"
            )
        newest = self._manifest(backups[-1])
        earlier = self._earlier(backups, newest)
        told, unread = self._events(now, newest)
        of_drills = list(self.catalog.keys(keys.drills(self.source)))
        conclusive, latest = self._drills(of_drills)
        content = self._content(newest) if isinstance(newest, Manifest) else None
        nights = self._nights(newest, earlier)
        return Facts(
            status=ReadStatus(self.catalog, self.watched, self.engines.formats()).run(now),
            backups=tuple(backups),
            manifest=newest,
            earlier=tuple(earlier),
            content=content,
            nights=nights.records,
            uncounted=nights.uncounted,
            plan=self._plan(now),
            told=tuple(told),
            unread=tuple(unread),
            conclusive=conclusive,
            latest=latest,
            signed=self._signed(of_drills),
        )

    def _plan(self, now: datetime) -> Plan | None:
        return None if self.policy.is_empty else plan_prune(self.catalog, self.source, self.policy, now)

    def _manifest(self, backup: BackupId) -> Manifest | Unreadable:
        key = keys.manifest(backup)
        return _read(key, lambda: Manifest.from_bytes(self.catalog.get(key), key))

    def _earlier(self, backups: Sequence[BackupId], newest: Manifest | Unreadable) -> list[Manifest]:
        """The backups that the newest is compared with, the newest first."""
        read = [
            one for one in map(self._manifest, backups[-2 : -2 - NIGHTS : -1]) if isinstance(one, Manifest)
        ]
        return [one for one in read if one.is_like(newest)] if isinstance(newest, Manifest) else read

    def _proof(self, manifest: Manifest) -> Proof | Unreadable:
        return _read(manifest.proof.key, lambda: load_proof(self.catalog, manifest, self.engines))

    def _nights(self, newest: Manifest | Unreadable, earlier: Sequence[Manifest]) -> Nights:
        """The nights that the newest backup is compared with; none if its own proof cannot be read."""
        if isinstance(newest, Manifest):
            with suppress(DocumentError, KeyMissingError, UnknownEngineError):
                return ReadNights(self.catalog, self.engines).run(newest, earlier[::-1])
        return Nights(())

    def _content(self, newest: Manifest) -> Content | Unreadable:
        proof = self._proof(newest)
        if isinstance(proof, Unreadable):
            return proof
        words, counts = self.engines.of(newest).words, proof.counts()
        total = counts[words.units]
        text = f"{counted(counts[words.namespaces], words.namespace)}, {counted(total, words.unit)}"
        return Content(text, total, words.unit)

    def _looks(self, facts: Facts) -> Sequence[Look]:
        """The engine's lines about a restored database: of the newest backup whose engine is known."""
        for one in (facts.manifest, *facts.earlier):
            if isinstance(one, Manifest):
                with suppress(UnknownEngineError):
                    return self.engines.of(one).looks
        return self.engines.of_address("").looks

    def _drills(self, of_drills: list[str]) -> tuple[DrillFacts | None, DrillFacts | None]:
        """The newest drill that could look, and the newest that has ended, of whichever backup."""
        found = drills_by_stamp(self.source, of_drills)
        ended = [
            (drill.name, BackupId(self.source, stamp), drill.verdict)
            for stamp, drills in found.items()
            for drill in drills
            if drill.verdict is not None and is_stamp(drill.name) and is_stamp(stamp)
        ]
        could_look = [one for one in ended if one[2] is not Verdict.INCONCLUSIVE]
        return self._newest_drill(could_look), self._newest_drill(ended)

    def _signed(self, of_drills: list[str]) -> SignedDrill | None:
        """The newest full drill by hand."""
        signed = {
            about: key
            for key in of_drills
            if keys.is_signed_off(key) and (about := keys.drill_of_key(key)) is not None
        }
        if not signed:
            return None
        backup, drill = max(signed, key=lambda about: (about[1], about[0]))
        key = signed[backup, drill]
        verdict = next(
            (one for one in Verdict if keys.drill_verdict(backup, drill, one) in of_drills),
            Verdict.INCONCLUSIVE,
        )
        return SignedDrill(key, _read(key, lambda: SignOff.from_bytes(self.catalog.get(key), key)), verdict)

    def _newest_drill(self, drills: list[tuple[str, BackupId, Verdict]]) -> DrillFacts | None:
        if not drills:
            return None
        name, backup, _ = max(drills)
        key, asked = keys.drill_report(backup, name), keys.drill_request(backup, name)
        report = _read(key, lambda: Report.from_bytes(self.catalog.get(key), key))
        request = _read(asked, lambda: Request.from_bytes(self.catalog.get(asked), asked))
        as_task = None if isinstance(request, Unreadable) else request is not None
        return DrillFacts(backup, name, report, as_task)

    def _events(self, now: datetime, newest: Manifest | Unreadable) -> tuple[list[Told], list[Unreadable]]:
        """The events of the last days and of the newest backup's day, newest first."""
        told, unread = list[Told](), list[Unreadable]()
        for read in self._read_events(_days(now, newest)):
            if isinstance(read, Unreadable):
                unread.append(read)
            elif read.event.source == self.source:
                told.append(read)
        return sorted(told, key=lambda one: (one.event.time, one.key), reverse=True), unread

    def _read_events(self, days: Iterable[datetime]) -> Iterator[Told | Unreadable]:
        for day in days:
            sent = sent_about(self.catalog, day)
            for key in filter(keys.is_event, self.catalog.keys(keys.events_of(day))):
                if keys.kind_of_event(key) not in _OF_NO_LINE:
                    yield self._told(key, sent.get(key, ""))

    def _told(self, key: str, sent: str) -> Told | Unreadable:
        return _read(key, lambda: Told(key, Event.from_bytes(self.catalog.get(key), key), sent))


def _days(now: datetime, newest: Manifest | Unreadable) -> list[datetime]:
    """The last days, and the day of the newest backup, whose anomalies are recorded under it."""
    days = [now - timedelta(days=number) for number in range(DAYS)]
    if isinstance(newest, Manifest) and keys.events_of(newest.finished) not in map(keys.events_of, days):
        days.append(newest.finished)
    return days


def _read(key: str, read: Callable[[], Document]) -> Document | Unreadable:
    """Read an object; if it is damaged or gone, return why."""
    try:
        return read()
    except (DocumentError, KeyMissingError) as error:
        return Unreadable(key, error.message)
