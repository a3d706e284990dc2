"""The application's own check of a restored database: what became of it, and whether that is a difference."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scims_backup.domain.verdict import Finding

LIMIT_SECONDS = 600
"""A probe that takes longer is ended."""
MOST_LINES = 8
MOST_CHARACTERS = 600

_KIND = "probe-failed"
_STEERING = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class ProbeOutcome:
    """What became of a probe.

    code: its exit code, 128 + n if signal n ended it, None if it did not end in time
    said: its last lines
    limit_seconds: how long it might take
    """

    code: int | None
    said: str = ""
    limit_seconds: float = LIMIT_SECONDS

    @property
    def passed(self) -> bool:
        """Whether the application found nothing to object to."""
        return self.code == 0


def probe_finding(outcome: ProbeOutcome) -> Finding | None:
    """The difference that a probe found; None if it passed."""
    if outcome.passed:
        return None
    if outcome.code is None:
        found = f"it did not finish within {outcome.limit_seconds:g} seconds"
    else:
        found = f"exit code {outcome.code}" + (f": {outcome.said}" if outcome.said else "")
    return Finding(_KIND, "probe", "exit code 0", found)


def last_words(text: str) -> str:
    """The last lines of what a program wrote, as one short line without control characters."""
    plain = (_line(line) for line in text.splitlines())
    said = " / ".join([line for line in plain if line][-MOST_LINES:])
    return said[-MOST_CHARACTERS:]


def _line(text: str) -> str:
    without = _STEERING.sub("", text)
    return " ".join("".join(char if char.isprintable() else " " for char in without).split())
