"""The operator's SQL that restores what no archive contains; drills and restores run it before the proof."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from scims_backup.domain.verdict import Finding

FAILED = "after-restore-failed"
"""The kind of the finding that it did not run to its end."""


@dataclass(frozen=True)
class AfterRestore:
    """SQL from the operator's settings, never from a catalog: it runs with a restore's rights.

    script: empty if there is none.
    """

    script: str = ""

    @classmethod
    def of(cls, text: str) -> AfterRestore:
        """The same for the same SQL wherever it was written: blanks around it and CRs do not count."""
        return cls(text.replace("\r\n", "\n").strip())

    @property
    def sha256(self) -> str | None:
        """What reports keep of it; None if there is none."""
        return hashlib.sha256(self.script.encode()).hexdigest() if self.script else None


def failed_after_restore(reason: str) -> Finding:
    """The finding that it did not run to its end."""
    return Finding(FAILED, "after_restore", "SQL that runs on a restored database", reason)
