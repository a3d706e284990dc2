"""What `doctor` reports about each requirement: fine, a problem with its cure, or not checked and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from scims_backup.domain.errors import ScimsBackupError


class State(StrEnum):
    """How a check ended; one that could not run is never fine."""

    FINE = "fine"
    PROBLEM = "problem"
    NOT_CHECKED = "not-checked"


class NotCheckedError(Exception):
    """A check cannot run, which says nothing about the thing it would have checked.

    It ends in `usecases.examine`.

    reason: why
    cure: what would let it be done, may be empty
    """

    def __init__(self, reason: str, cure: str = "") -> None:
        super().__init__(reason, cure)
        self.reason = reason
        self.cure = cure


@dataclass(frozen=True)
class Observed:
    """The result of one check.

    what: about which thing, empty for the check's own.
    """

    state: State
    message: str
    cure: str = ""
    what: str = ""


@dataclass(frozen=True)
class Check:
    """One check.

    name: its id.
    what: about which thing.
    needs: ids of checks that must be fine for it.
    """

    name: str
    what: str
    look: Callable[[], Iterable[Observed]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examined:
    """One line of the examination.

    check: its id (docs/cli.md)
    what: about which thing
    """

    check: str
    state: State
    what: str
    message: str
    cure: str = ""


def fine(message: str, what: str = "") -> Observed:
    """Report that something is fine."""
    return Observed(State.FINE, message, what=what)


def problem(message: str, cure: str, what: str = "") -> Observed:
    """Report what is wrong, and what to do about it."""
    return Observed(State.PROBLEM, message, cure, what)


def problem_of(error: ScimsBackupError) -> Observed:
    """Report a failure and its cure."""
    return problem(error.message, error.cure)


def not_checked(reason: str, cure: str = "", what: str = "") -> Observed:
    """Report that something was not checked, and why."""
    return Observed(State.NOT_CHECKED, reason, cure, what)
