"""Holds: nothing that somebody holds is removed, until the hold expires."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scims_backup.domain.backup import moment_of, stamp_of
from scims_backup.domain.errors import UsageError

VERSION = 1
OPERATOR = "operator"
"""Who holds what a person wants kept."""
LOST_ROWS = "lost-rows"
"""Who holds the last backup from before rows were lost, until a person has acknowledged the alert."""

_HOLDER = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_NAME = re.compile(rf"(?P<holder>{_HOLDER.pattern})-until-(?P<until>[0-9]{{8}}T[0-9]{{6}}Z)")


@dataclass(frozen=True, order=True)
class Hold:
    """Who holds a backup, and until when: whole seconds, rounded up."""

    holder: str
    until: datetime

    def __post_init__(self) -> None:
        if self.until.microsecond:
            object.__setattr__(self, "until", self.until.replace(microsecond=0) + timedelta(seconds=1))
        if not _HOLDER.fullmatch(self.holder):
            raise UsageError(
                f"{self.holder!r} is not a valid holder name",
                "use 1 to 63 lower-case letters, digits, '.', '_' and '-', starting with a letter or digit",
            )

    @property
    def name(self) -> str:
        """The name of its key, e.g. `operator-until-20261222T000000Z`."""
        return f"{self.holder}-until-{stamp_of(self.until)}"

    @classmethod
    def named(cls, name: str) -> Hold | None:
        """Read a hold from the name of its key; None if it is none."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        try:
            return cls(match["holder"], moment_of(match["until"]))
        except ValueError:
            return None

    def to_bytes(self) -> bytes:
        """Write the document for the catalog; its key says the same."""
        document = {"version": VERSION, "holder": self.holder, "until": self.until.isoformat()}
        return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"

    def __str__(self) -> str:
        return f"{self.holder} until {self.until.isoformat()}"


UNREADABLE = Hold("somebody", datetime(9999, 12, 31, tzinfo=UTC))
"""Stands for what is not understood, e.g. of a newer version: rather kept than lost."""
