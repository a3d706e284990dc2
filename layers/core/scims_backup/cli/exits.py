"""Exit codes: a contract (docs/cli.md)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from scims_backup.domain.errors import NothingToWorkOnError, UsageError


class Exit(IntEnum):
    """What a command's exit code says; a command ended by signal n exits with 128 + n."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    DRILL_FAILED = 3
    INCONCLUSIVE = 4
    NOTHING_TO_WORK_ON = 5
    WARNING = 1
    CRITICAL = 2


_WORST_FIRST = (
    Exit.DRILL_FAILED,
    Exit.FAILED,
    Exit.WRONG_USAGE,
    Exit.NOTHING_TO_WORK_ON,
    Exit.INCONCLUSIVE,
    Exit.DONE,
)
"""A backup that does not restore is worse than one that is missing; inconclusive says nothing of a backup."""


def worst(codes: Iterable[int]) -> Exit:
    """The exit code of several runs together; a run that a signal ended counts as failed."""
    known = [Exit(code) if code in _WORST_FIRST else Exit.FAILED for code in codes]
    return min(known, key=_WORST_FIRST.index, default=Exit.DONE)


def exit_of_error(error: BaseException) -> Exit:
    """The exit code of a command that ended with this exception."""
    if isinstance(error, UsageError):
        return Exit.WRONG_USAGE
    if isinstance(error, NothingToWorkOnError):
        return Exit.NOTHING_TO_WORK_ON
    return Exit.FAILED
