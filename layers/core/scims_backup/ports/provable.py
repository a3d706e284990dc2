"""What a proof is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.ports.progress import Progress
from scims_backup.ports.proofs import Proof

P = TypeVar("P", bound=Proof)


@dataclass(frozen=True)
class Checks:
    """What was checked.

    findings: what speaks against the database.
    not_checked: what could not be checked, and why.
    """

    findings: Sequence[Finding]
    not_checked: Sequence[NotChecked]


class Probe(Protocol):
    """The application's own check of a restored database."""

    def run(self, url: str) -> ProbeOutcome:
        """Run it on the database under a URL, which may contain a password; no part of it runs on afterwards.

        Raise SandboxError if it could not be run.
        """


class ProvableDatabase(Protocol[P]):
    """A database that can be held against a proof."""

    def prove(self, level: Level, progress: Progress, like: P | None = None) -> P:
        """Take a proof of it, as of the source. Raise SourceError if it cannot be read.

        like: the proof that it will be compared with, where the two must have something in common.
        """

    def compare(self, expected: P, found: P) -> Checks:
        """Report every difference between a backup's proof and the proof of this database.

        What is written differently and may mean the same is asked of the database. What belongs to a server
        that has other databases too is not judged. Raise SourceError if it is not there.
        """

    def check(self, expected: P, questions: Questions) -> Checks:
        """Go further than equality: the engine's own checks of what it holds, log-in, expectations."""

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        """Let the application's own check look, as the role if that needs no password here.

        Raise SandboxError if it could not be run, SourceError if it failed and the database is not there.
        """
