"""A line of the checklist: what it says, whether it is so, and what in the catalog says that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from scims_backup.domain.status import Judged, Standing


class State(StrEnum):
    """Whether the catalog says that it is so, that it is not, or neither."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Evidence:
    """What shows it.

    key: of an object in the catalog, or what such keys begin with
    fact: what it says
    """

    key: str
    fact: str


@dataclass(frozen=True)
class Line:
    """One line.

    id: stable
    text: a plain sentence
    cure: what to do about it, empty if the line is true
    """

    id: str
    text: str
    state: State
    evidence: tuple[Evidence, ...]
    cure: str = ""


@dataclass(frozen=True)
class Topic:
    """What a line is about."""

    id: str
    text: str

    def yes(self, *evidence: Evidence) -> Line:
        """It is so."""
        return Line(self.id, self.text, State.YES, evidence)

    def no(self, cure: str, *evidence: Evidence) -> Line:
        """It is not so."""
        return Line(self.id, self.text, State.NO, evidence, cure)

    def unknown(self, cure: str, *evidence: Evidence) -> Line:
        """The catalog does not say. cure: what would make it known."""
        return Line(self.id, self.text, State.UNKNOWN, evidence, cure)

    def judged(self, judgement: Judged, *evidence: Evidence) -> Line:
        """As it was judged, wherever it is reported."""
        if not judgement.is_known:
            return self.unknown(judgement.cure, *evidence)
        if judgement.standing is Standing.FINE:
            return self.yes(*evidence)
        return self.no(judgement.cure, *evidence)


def worst(lines: Iterable[Line]) -> State:
    """The state of all together: no if one is, else unknown if one is."""
    states = {line.state for line in lines}
    return next((state for state in (State.NO, State.UNKNOWN) if state in states), State.YES)
