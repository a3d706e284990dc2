"""What an event ends, found in the log alone: where no alert function runs, nobody keeps conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail, mail_of_recovery
from scims_backup.domain.conditions import LIVES, Cause, Condition, Problem, cause_of, causes_ended_by
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.events import Event, Severity
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.ending_events import is_witnessed

_KINDS = {cause: frozenset({*life.opened_by, *life.ended_by}) for cause, life in LIVES.items()}
_ENDING = frozenset(kind for life in LIVES.values() for kind in life.ended_by)
_ORDER = tuple(Severity)


@dataclass(frozen=True)
class Mended:
    """Something that was wrong, and is over.

    problems: the keys of the events that reported it.
    mail: says that it is over.
    """

    cause: Cause
    problems: tuple[str, ...]
    mail: Mail


def may_mend(key: str) -> bool:
    """Say whether a key is that of an event that must be read to know whether it ends something."""
    return keys.is_event(key) and keys.kind_of_event(key) in _ENDING


class FindMended:
    """Finds what events end among the problems before them. log: the keys of some days' events, sorted."""

    def __init__(self, catalog: Catalog, log: Sequence[str]) -> None:
        self._catalog = catalog
        self._log = log
        self._read: dict[str, Event | None] = {}

    def by(self, key: str) -> Iterator[Mended]:
        """Yield what the event under a key is the first to end. Raise CatalogError."""
        end = self._event(key)
        if end is None or not is_witnessed(self._catalog, end):
            return
        for cause in causes_ended_by(end):
            problems = self._open_problems(cause, key, end.source)
            if problems and all(Problem.of(*one).is_mended_by(end) for one in problems):
                yield _mended(cause, problems, end)

    def _open_problems(self, cause: Cause, key: str, source: str) -> list[tuple[str, Event]]:
        """The problems that no event before this one has ended, the oldest first."""
        before = [
            (one, event)
            for one in self._log[: self._log.index(key)]
            if keys.kind_of_event(one) in _KINDS[cause]
            and (event := self._event(one)) is not None
            and event.source == source
        ]
        ends = [event for _, event in before if cause in causes_ended_by(event)]
        return [
            (one, event)
            for one, event in before
            if cause_of(event) is cause and not any(Problem.of(one, event).is_mended_by(end) for end in ends)
        ]

    def _event(self, key: str) -> Event | None:
        """Read an event, once; None for one that cannot be read: whoever sends it says so."""
        if key not in self._read:
            try:
                self._read[key] = Event.from_bytes(self._catalog.get(key), key)
            except (DocumentError, KeyMissingError):
                self._read[key] = None
        return self._read[key]


def _mended(cause: Cause, problems: Sequence[tuple[str, Event]], end: Event) -> Mended:
    first, *rest = (Problem.of(*one) for one in problems)
    condition = Condition(end.source, cause, 1, first, followed=tuple(rest))
    worst = max((event for _, event in problems), key=lambda event: _ORDER.index(event.severity))
    mail = mail_of_recovery(condition, worst, end, stack="")
    return Mended(cause, tuple(key for key, _ in problems), mail)
