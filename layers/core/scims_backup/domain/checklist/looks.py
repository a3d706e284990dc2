"""A line of the checklist about a restored database: which findings of a drill speak against it."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.checklist.lines import Topic
from scims_backup.domain.verdict import Finding, NotChecked

APPLICATION = ("role-cannot-log-in", "probe-failed")
"""Kinds of findings that say that the application cannot connect."""


@dataclass(frozen=True)
class Look:
    """One line of what was checked.

    kinds: of findings that speak against it, or `but`: all except these.
    skipped: what not_checked says of objects whose names begin so leaves it open.
    counted: what of `compared` is reported.
    """

    topic: Topic
    kinds: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()

    def is_against(self, finding: Finding) -> bool:
        """Whether a finding speaks against the line."""
        return finding.kind in self.kinds if self.kinds else finding.kind not in self.but

    def leaves_open(self, one: NotChecked) -> bool:
        """Whether the line is unknown because this was not checked."""
        return one.object.startswith(self.skipped) if self.skipped else False
