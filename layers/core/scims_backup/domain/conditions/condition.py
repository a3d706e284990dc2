"""One condition as the catalog's records show it, and what is to be sent about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from scims_backup.domain.conditions.causes import LIVES, Cause
from scims_backup.domain.conditions.records import Acknowledged, Ended, Mailed, Problem
from scims_backup.domain.events import Event, Severity

_ORDER = tuple(Severity)
_DAY = timedelta(hours=23, minutes=30)
"""Between two reminders: a day, less half of the hour between two looks."""


class Place(StrEnum):
    """What an event is to a condition."""

    OPENS = "opens"
    ESCALATES = "escalates"
    FOLLOWS = "follows"
    IS_PAST = "is past"


class Due(StrEnum):
    """Which mail about a condition is to be sent now."""

    NOTHING = "nothing"
    FOLLOWED = "followed"
    REMINDER = "reminder"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class Condition:
    """What is, or was, wrong with one source for one cause.

    number: counts the conditions of this source and cause.
    opened, escalated: the problems whose mails go out at once.
    followed: all other problems.
    first_mails: when the mails about opened and escalated were sent, by the key of their event.
    acknowledged: by the severity that the condition had.
    recovered: the mail that said that it is over.
    """

    source: str
    cause: Cause
    number: int
    opened: Problem
    escalated: tuple[Problem, ...] = ()
    followed: tuple[Problem, ...] = ()
    first_mails: Mapping[str, datetime] = field(default_factory=dict)
    mailed: tuple[Mailed, ...] = ()
    acknowledged: Mapping[Severity, Acknowledged] = field(default_factory=dict)
    ended: Ended | None = None
    recovered: Mailed | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing has ended it."""
        return self.ended is None

    @property
    def lead(self) -> Problem:
        """The latest of the problems that were mailed at once: the worst."""
        return max(self.at_once, key=lambda one: _ORDER.index(one.severity))

    @property
    def severity(self) -> Severity:
        """The highest that was mailed."""
        return self.lead.severity

    @property
    def since(self) -> datetime:
        """When the first of its problems happened."""
        return min(one.time for one in self.problems)

    @property
    def at_once(self) -> tuple[Problem, ...]:
        """The problems whose mails go out at once."""
        return (self.opened, *self.escalated)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order in which they happened."""
        return tuple(sorted((*self.at_once, *self.followed), key=lambda one: (one.time, one.event)))

    @property
    def pending(self) -> tuple[Problem, ...]:
        """The problems that no mail has mentioned yet."""
        mentioned = {event for mail in self.mailed for event in mail.events}
        return tuple(one for one in self.followed if one.event not in mentioned)

    @property
    def silenced_by(self) -> Acknowledged | None:
        """Who wants no reminders; None once it has become more severe since."""
        return self.acknowledged.get(self.severity)

    def is_mended_by(self, event: Event) -> bool:
        """Say whether an event of a kind that may end it mends all of its problems."""
        return all(one.is_mended_by(event) for one in self.problems)

    def due(self, now: datetime) -> Due:
        """Return which mail is to be sent; before the first one was sent, none."""
        if any(one.event not in self.first_mails for one in self.at_once):
            return Due.NOTHING
        if not self.is_open:
            return Due.NOTHING if self.recovered else Due.RECOVERED
        if self.silenced_by:
            return Due.NOTHING
        sent = [*self.first_mails.values(), *(mail.sent for mail in self.mailed)]
        if now - max(sent) >= _DAY:
            return Due.REMINDER
        return Due.FOLLOWED if self._has_news(now) else Due.NOTHING

    def _has_news(self, now: datetime) -> bool:
        """Say whether what follows is worth a mail before the reminder.

        After the first mail it is, and so is another kind at any time. What goes on repeating itself waits,
        so that nobody gets a mail each hour.
        """
        pending = self.pending
        mentioned = {one.kind for one in self.problems if one not in pending}
        of_today = any(now - mail.sent < _DAY for mail in self.mailed)
        return bool(pending) and not (of_today and {one.kind for one in pending} <= mentioned)


def place_of(problem: Problem, latest: Condition | None) -> Place:
    """Return what a problem is to the latest condition of its source and cause. latest: None before any.

    One that arrives after the event that mends it is past, unless it is worse than what was mailed.
    """
    if latest is None:
        return Place.OPENS
    is_worse = _ORDER.index(problem.severity) > _ORDER.index(latest.severity)
    if latest.is_open:
        return Place.ESCALATES if is_worse else Place.FOLLOWS
    is_past = latest.ended is not None and problem.is_mended_by(latest.ended)
    return Place.IS_PAST if is_past and not is_worse else Place.OPENS


def first_end(condition: Condition, events: Sequence[tuple[str, Event]], now: datetime) -> Ended | None:
    """Return the earliest event that ends an open condition, and after which no more may follow by now.

    events: keys and events that may end conditions of this cause and source. One from the future ends none.
    """
    if not condition.is_open:
        return None
    settles = LIVES[condition.cause].settles
    for key, event in sorted(events, key=lambda one: one[1].time):
        if condition.is_mended_by(event) and now - event.time >= settles:
            return Ended(key, event.kind, event.time, event.backup)
    return None
