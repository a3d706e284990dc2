"""Undoing a swap: the database that was put aside comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scims_backup.domain.events import Kind, Severity
from scims_backup.ports import Swapped, Target
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.restores.capabilities import swapping


@dataclass(frozen=True)
class UndoRestore:
    """Undoes the last swap at one target."""

    target: Target[Any]
    events: EventLog
    clock: Callable[[], datetime]

    def run(self) -> Swapped:
        """Bring the database back, and record that.

        Raise NothingToWorkOnError if none was put aside, SwapRefusedError if nothing was renamed.
        """
        swapped = swapping(self.target).undo(self.clock())
        facts = {
            "database": self.target.live,
            "swapped": True,
            "undone": True,
            "aside": swapped.aside,
            **({"written": list(swapped.written)} if swapped.written else {}),
            "seconds": {"away": round(swapped.seconds, 3)},
        }
        self.events.record(Kind.RESTORE_COMPLETED, Severity.WARNING, facts)
        return swapped
