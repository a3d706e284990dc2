"""The record of one run: small, immutable, and kept longer than the backup it is about (docs/history.md)."""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from scims_backup.domain.documents import read
from scims_backup.domain.words import ROWS_OF_TABLES

VERSION = 1
KEPT = timedelta(days=400)
"""A year of nights, and the month before it for comparison."""

OTHERS = "(others)"
"""Stands for all that a record does not name."""
MOST_NAMED = 500
"""A record names the largest; it stays small even for a source of many thousand tables."""

LONGEST_REASON = 300
"""Characters; the event of the run has all of it."""


class RunKind(StrEnum):
    """What ran."""

    BACKUP = "backup"
    DRILL = "drill"
    RESTORE = "restore"
    PRUNE = "prune"


class RunResult(StrEnum):
    """How a run ended. Drills end in their verdict, all others complete or fail."""

    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class RunRecord:
    """One run, as charts, calendar and anomalies need it.

    backup: the id, None if the run failed before it had one.
    reason: why it failed or is inconclusive, in one line.
    seconds: by phase, e.g. `restore`.
    bytes: of the archive; None if there is none.
    stored_bytes: what the vault added for it.
    counts: of what the proof counts, by table or prefix.
    expiring: how many of each of the counts go by themselves.
    in_all: of what the proof counts.
    unit, namespace: what the engine calls them.
    findings: how many differences a drill found.
    stored_in_all: what all archives of the source take afterwards, if that was measured.
    """

    kind: RunKind
    source: str
    backup: str | None
    began: datetime
    ended: datetime
    result: RunResult
    reason: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    bytes: int | None = None
    stored_bytes: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    expiring: Mapping[str, int] = field(default_factory=dict)
    in_all: int | None = None
    unit: str = ROWS_OF_TABLES.unit
    namespace: str = ROWS_OF_TABLES.namespace
    findings: int = 0
    stored_in_all: int | None = None

    def to_document(self) -> dict[str, Any]:
        """The record as a JSON object; what is not known is left out."""
        return {
            "version": VERSION,
            **{name: value for name, value in vars(self).items() if value is not None},
            "backup": self.backup,
            "began": self.began.isoformat(),
            "ended": self.ended.isoformat(),
            "seconds": dict(self.seconds),
            "counts": dict(self.counts),
            "expiring": dict(self.expiring),
        }

    def to_bytes(self) -> builtins.bytes:
        """Write the document for the catalog."""
        return json.dumps(self.to_document(), sort_keys=True, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: builtins.bytes, name: str) -> RunRecord:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)


def largest(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the largest counts, and the sum of the rest under one name."""
    if len(counts) <= MOST_NAMED:
        return dict(counts)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    rest = sum(counts[name] for name in names[MOST_NAMED:])
    return {**{name: counts[name] for name in names[:MOST_NAMED]}, OTHERS: rest}
