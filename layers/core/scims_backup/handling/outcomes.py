"""What a function returns: one word that says what became of the call, and facts beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from scims_backup.domain.drill_steps import DrillStatus
from scims_backup.domain.dump_run import DumpStatus
from scims_backup.domain.verdict import Verdict


class Result(StrEnum):
    """The words under `outcome`; the status of a drill or dump, or a verdict, may stand there too."""

    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    REFUSED = "refused"
    ALREADY_DONE = "already done"
    ALREADY_RUNNING = "already running"
    ALREADY_ORDERED = "already ordered"
    HANDED_OVER = "handed over"
    NOTHING_AWAITED = "nothing awaited"
    NOT_CALLED_FOR = "not called for"
    NOT_OURS = "not ours"
    NOT_KNOWN = "not known"
    # copy
    ASKED = "asked"
    NOTHING_TO_COPY = "nothing to copy"
    # drill_orchestrate
    LOOKED = "looked"
    # enrol
    ENROLLED = "enrolled"
    ALREADY_ENROLLED = "already enrolled"
    # task_image
    FITS = "fits"
    FOUND = "found"
    # restore
    RESTORED = "restored"
    DIFFERS = "differs"
    SURVEYED = "surveyed"
    UNDONE = "undone"


def outcome(result: Result | DrillStatus | DumpStatus | Verdict, **facts: object) -> dict[str, Any]:
    """Return what a function answers, as JSON can hold it."""
    return {"outcome": str(result), **facts}
