"""The verdict: passed, failed or inconclusive, with findings and with what was not checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from scims_backup.domain.decoding import ALWAYS
from scims_backup.domain.documents import read
from scims_backup.domain.room import Room

VERSION = 1


class Verdict(StrEnum):
    """What a drill says. One that could not look is never `passed`."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, order=True)
class Finding:
    """One difference, without the contents of rows.

    kind: e.g. `rows-differ`, `index-missing`.
    object: e.g. `table "public"."item_stocks"`.
    """

    kind: str
    object: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.object}: {self.kind}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, order=True)
class NotChecked:
    """Something that was not checked, and why."""

    object: str
    reason: str


@dataclass(frozen=True)
class DrilledBytes:
    """Which bytes a drill checked: the SHA-256 of the archive, and of the proof it was compared with."""

    archive: str
    proof: str


@dataclass(frozen=True)
class Report:
    """What a drill or a comparison found.

    reason: why it is inconclusive, else empty.
    seconds: duration by phase (start, restore, prove).
    compared: how many things of each sort were compared, e.g. tables and rows.
    ended: when, for a drill.
    sandbox_removed: whether its sandbox is gone, None if that is not known.
    after_restore: SHA-256 of the operator's SQL that was run before the proof, None if there was none.
    of: what a drill checked, None in reports of earlier versions.
    room: what a drill took of its sandbox's disk or memory, None if that is not known.
    """

    verdict: Verdict
    findings: Sequence[Finding] = field(default=(), metadata=ALWAYS)
    not_checked: Sequence[NotChecked] = field(default=(), metadata=ALWAYS)
    reason: str = field(default="", metadata=ALWAYS)
    seconds: Mapping[str, float] = field(default_factory=dict, metadata=ALWAYS)
    compared: Mapping[str, int] = field(default_factory=dict)
    ended: datetime | None = None
    sandbox_removed: bool | None = None
    after_restore: str | None = None
    of: DrilledBytes | None = None
    room: Room | None = None

    @classmethod
    def judged(
        cls, findings: Sequence[Finding], not_checked: Sequence[NotChecked], compared: Mapping[str, int]
    ) -> Report:
        """The report of a comparison that did look: any finding is a failure."""
        verdict = Verdict.FAILED if findings else Verdict.PASSED
        return cls(verdict, tuple(sorted(findings)), tuple(sorted(not_checked)), compared=compared)

    def to_document(self) -> dict[str, Any]:
        """The report as the JSON object that the command line prints and the catalog keeps."""
        ended = {} if self.ended is None else {"ended": self.ended.isoformat()}
        after = {} if self.after_restore is None else {"after_restore": self.after_restore}
        of = {} if self.of is None else {"of": vars(self.of)}
        room = {} if self.room is None else {"room": vars(self.room)}
        removed = {} if self.sandbox_removed is None else {"sandbox_removed": self.sandbox_removed}
        return {
            "version": VERSION,
            "verdict": self.verdict,
            "reason": self.reason,
            "findings": [vars(finding) for finding in self.findings],
            "not_checked": [vars(item) for item in self.not_checked],
            "seconds": dict(self.seconds),
            "compared": dict(self.compared),
            **ended,
            **removed,
            **after,
            **of,
            **room,
        }

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        return json.dumps(self.to_document(), indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Report:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)
