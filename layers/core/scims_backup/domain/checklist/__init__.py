"""SCIMS's checklist: each line with its evidence from the catalog, never ticked by hand."""

from scims_backup.domain.checklist.automation import automation_lines
from scims_backup.domain.checklist.backup import backup_lines
from scims_backup.domain.checklist.facts import (
    Content,
    DrillFacts,
    Facts,
    SignedDrill,
    Told,
    Unreadable,
)
from scims_backup.domain.checklist.lines import Evidence, Line, State, worst
from scims_backup.domain.checklist.looks import Look
from scims_backup.domain.checklist.restore import restore_lines

__all__ = [
    "Content",
    "DrillFacts",
    "Evidence",
    "Facts",
    "Line",
    "Look",
    "SignedDrill",
    "State",
    "Told",
    "Unreadable",
    "automation_lines",
    "backup_lines",
    "restore_lines",
    "worst",
]
