"""The results of restores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Report, Verdict

_OF_QUESTIONS = ("expectation-not-met", "probe-failed")
"""Kinds of the application's own checks: a database that fails them may still equal the backup."""


@dataclass(frozen=True)
class Restored:
    """The result of a restore.

    database: the restored database's name now.
    swapped: whether the restored one is the live one now.
    aside: what the previous live database is called now; None if there was none or it is still live.
    away_seconds: how long nobody could connect.
    was_there: it had been restored before, and was proven again.
    how_to_drop: how a person removes it.
    may_swap: whether its engine can put it in the live one's place.
    """

    backup: BackupId
    database: str
    report: Report
    swapped: bool = False
    aside: str | None = None
    away_seconds: float | None = None
    roles_created: Sequence[str] = ()
    was_there: bool = False
    how_to_drop: str = ""
    may_swap: bool = True

    def to_document(self) -> dict[str, Any]:
        """Where the restored database and the previous one are now, for scripts."""
        return {
            "database": self.database,
            "swapped": self.swapped,
            "aside": self.aside,
            "away_seconds": self.away_seconds,
            "roles_created": list(self.roles_created),
            "was_there": self.was_there,
        }

    @property
    def cure(self) -> str:
        """What to do about one that differs from the backup."""
        if self.report.verdict is Verdict.INCONCLUSIVE:
            return "some of its checks could not run, so it is not swapped in; fix the cause"
        differs = any(finding.kind not in _OF_QUESTIONS for finding in self.report.findings)
        if self.was_there and differs:
            return (
                f"{self.database} already existed, and was either changed since it was restored or restored "
                f"from another backup: drop it ({self.how_to_drop}) or choose another name with --into, "
                "then restore again"
            )
        return "it differs from the backup and is never swapped in"


@dataclass(frozen=True)
class TablesRestored:
    """The result of restoring chosen tables.

    schema: where they are now.
    rows: by the name that each has there.
    parents: tables that they reference and that were not restored with them.
    children: tables whose rows change when rows of these are deleted.
    sql: restores their rows, parents first.
    """

    backup: BackupId
    database: str
    schema: str
    rows: Mapping[str, int]
    parents: Sequence[str] = ()
    children: Sequence[str] = ()
    sql: Sequence[str] = ()


@dataclass(frozen=True)
class KeysRestored:
    """The result of restoring chosen keys.

    prefix: what their names begin with now.
    keys: how many there are, by database.
    copy_missing: the commands that put them under their own names where no live ones are.
    drop: the commands that remove them.
    """

    backup: BackupId
    database: str
    prefix: str
    keys: Mapping[str, int]
    copy_missing: Sequence[str] = ()
    drop: Sequence[str] = ()
