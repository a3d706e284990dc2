"""The conditions that the catalog holds: read from its records, and changed by creating more of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from scims_backup.domain import keys
from scims_backup.domain.conditions import Acknowledged, Cause, Condition, Ended, Mailed, Problem
from scims_backup.domain.documents import read
from scims_backup.domain.errors import KeyMissingError
from scims_backup.domain.events import Severity
from scims_backup.ports import Catalog

VERSION = 1
_OPENED, _ENDED, _RECOVERED = "opened", "ended", "recovered"
_ESCALATED, _FOLLOWED, _MAILED, _ACKNOWLEDGED = "escalated-", "followed-", "mailed-", "acknowledged-"
_NONE: tuple[int, frozenset[str]] = (0, frozenset())
_Record = TypeVar("_Record", Problem, Mailed)


@dataclass(frozen=True)
class _Sent:
    """When a mail about an event was sent."""

    sent: datetime


def first_mail(catalog: Catalog, event: str) -> datetime | None:
    """Return when the mail about an event was sent, or handed over to its condition; None if it was not.

    event: its key.
    """
    key = keys.alert_sent(event)
    try:
        return read(_Sent, catalog.get(key), key, VERSION).sent
    except KeyMissingError:
        return None


@dataclass(frozen=True)
class Conditions:
    """Reads and changes the conditions in a catalog. Whatever it raises, CatalogError is the widest."""

    catalog: Catalog

    def unsettled(self, source: str = "", cause: str = "") -> Iterator[Condition]:
        """Yield the conditions about which something may still be sent: of a cause, of a source, or all."""
        for (name, what), (number, records) in sorted(self._latest_records(source, cause).items()):
            if _OPENED in records and not {_ENDED, _RECOVERED} <= records and what in set(Cause):
                yield self._read(name, Cause(what), number, records)

    def is_open(self, source: str, cause: Cause) -> bool:
        """Say whether the latest condition has not ended, from the keys alone."""
        _, records = self._latest_records(source, cause).get((source, cause), _NONE)
        return _OPENED in records and _ENDED not in records

    def latest(self, source: str, cause: Cause) -> Condition | None:
        """Return the latest condition of a source and cause; None if there never was one."""
        number, records = self._latest_records(source, cause).get((source, cause), _NONE)
        return self._read(source, cause, number, records) if _OPENED in records else None

    def _read(self, source: str, cause: Cause, number: int, records: frozenset[str]) -> Condition:
        def document(record: str) -> tuple[bytes, str]:
            key = keys.condition_record(source, cause, number, record)
            return self.catalog.get(key), key

        def several(kind: type[_Record], prefix: str) -> tuple[_Record, ...]:
            names = sorted(one for one in records if one.startswith(prefix))
            return tuple(kind.from_bytes(*document(one)) for one in names)

        opened = Problem.from_bytes(*document(_OPENED))
        escalated = several(Problem, _ESCALATED)
        first = {one.event: first_mail(self.catalog, one.event) for one in (opened, *escalated)}
        return Condition(
            source=source,
            cause=cause,
            number=number,
            opened=opened,
            escalated=escalated,
            followed=several(Problem, _FOLLOWED),
            first_mails={event: sent for event, sent in first.items() if sent is not None},
            mailed=several(Mailed, _MAILED),
            acknowledged={
                severity: Acknowledged.from_bytes(*document(f"{_ACKNOWLEDGED}{severity}"))
                for severity in Severity
                if f"{_ACKNOWLEDGED}{severity}" in records
            },
            ended=Ended.from_bytes(*document(_ENDED)) if _ENDED in records else None,
            recovered=Mailed.from_bytes(*document(_RECOVERED)) if _RECOVERED in records else None,
        )

    def open(self, source: str, cause: Cause, after: Condition | None, problem: Problem) -> None:
        """Open a condition after the latest. Raise KeyTakenError if another run has opened it meanwhile."""
        number = after.number + 1 if after else 1
        key = keys.condition_record(source, cause, number, _OPENED)
        self.catalog.put_new(key, problem.to_bytes())

    def escalate(self, condition: Condition, problem: Problem) -> None:
        """Add a problem that is worse. Raise KeyTakenError if another run has added one as bad."""
        self._put(condition, f"{_ESCALATED}{problem.severity}", problem.to_bytes())

    def follow(self, condition: Condition, problem: Problem) -> None:
        """Add another problem of the same cause."""
        name = problem.event.rpartition("/")[2].removesuffix(".json")
        self._put(condition, f"{_FOLLOWED}{name}", problem.to_bytes())

    def mailed(self, condition: Condition, mail: Mailed) -> None:
        """Record that a mail about the open condition was sent."""
        self._put(condition, f"{_MAILED}{mail.sent:%Y%m%dT%H%M%S%fZ}", mail.to_bytes())

    def acknowledge(self, condition: Condition, acknowledged: Acknowledged) -> None:
        """Silence the reminders. Raise KeyTakenError if somebody has done so already."""
        self._put(condition, f"{_ACKNOWLEDGED}{condition.severity}", acknowledged.to_bytes())

    def end(self, condition: Condition, ended: Ended) -> Condition:
        """End a condition and return it. Raise KeyTakenError if another event has ended it."""
        self._put(condition, _ENDED, ended.to_bytes())
        return replace(condition, ended=ended)

    def recovered(self, condition: Condition, mail: Mailed) -> None:
        """Record that the mail that says that it is over was sent."""
        self._put(condition, _RECOVERED, mail.to_bytes())

    def _put(self, condition: Condition, record: str, data: bytes) -> None:
        key = keys.condition_record(condition.source, condition.cause, condition.number, record)
        self.catalog.put_new(key, data)

    def _latest_records(self, source: str, cause: str) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
        """Return source and cause → the number of their latest condition, and the names of its records."""
        latest = dict[tuple[str, str], tuple[int, frozenset[str]]]()
        for key in self.catalog.keys(keys.conditions(source, cause)):
            if found := keys.condition_of_key(key):
                *_, number, record = found
                place = found[:2]
                newest, records = latest.get(place, _NONE)
                if number >= newest:
                    latest[place] = (number, (records if number == newest else frozenset()) | {record})
        return latest
