"""What a restore found: which differences are the database's, and which only the server's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.engines.postgresql.rules.names import quoted

_OF_SERVER = ("role", "role-membership", "role-setting", "all-roles-setting")
_KINDS = frozenset(f"{kind}-{what}" for kind in _OF_SERVER for what in ("changed", "missing", "unexpected"))

_OF_QUESTIONS = ("expectation-not-met", "probe-failed")
"""Kinds that say what the application thinks of a database, which may be what was backed up all the same."""


@dataclass(frozen=True)
class Restored:
    """What a restore ended in.

    database: the restored database's name now
    aside: what the live database before it is called now, None if there was none or it is still in its place
    swapped: whether the restored one is the live one now
    away_seconds: for which nobody got in
    was_there: it had been restored before, and was proven again
    """

    backup: BackupId
    database: str
    report: Report
    swapped: bool = False
    aside: str | None = None
    away_seconds: float | None = None
    roles_created: Sequence[str] = ()
    was_there: bool = False

    @property
    def cure(self) -> str:
        """What to do about one that is not what was backed up."""
        if self.report.verdict is Verdict.INCONCLUSIVE:
            return "some of its checks could not run, so it is not swapped in; fix the cause"
        differs = any(finding.kind not in _OF_QUESTIONS for finding in self.report.findings)
        if self.was_there and differs:
            return (
                f"{self.database} already existed, and was either changed since it was restored or restored "
                f"from another backup: drop it (DROP DATABASE {quoted(self.database)}) or choose another "
                "name with --into, then restore again"
            )
        return "it differs from the backup and is never swapped in"


def apart_from_server(report: Report) -> Report:
    """Judge a restored database by what is its own.

    Roles belong to the server, whose other databases use them too: that they were changed since the backup
    does not speak against what was restored. It is told all the same.
    """
    own = [finding for finding in report.findings if finding.kind not in _KINDS]
    others = [finding for finding in report.findings if finding.kind in _KINDS]
    told = [_told(finding) for finding in others]
    verdict = report.verdict if own or not others else Verdict.PASSED
    return replace(report, verdict=verdict, findings=tuple(own), not_checked=(*report.not_checked, *told))


def _told(finding: Finding) -> NotChecked:
    expected, found = finding.expected, finding.found
    return NotChecked(finding.object, f"{expected} in the source, {found} on this server: left as it is")
