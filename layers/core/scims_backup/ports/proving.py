"""What a proof is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scims_backup.domain.expectations import Expectation
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.proof import Level, Proof, Schema
from scims_backup.ports.watching import Progress


@dataclass(frozen=True)
class Checks:
    """What was looked at beyond equality."""

    findings: Sequence[Finding]
    not_checked: Sequence[NotChecked]


class Probe(Protocol):
    """The application's own check of a restored database."""

    def run(self, url: str) -> ProbeOutcome:
        """Let it look at the database under a URL, which may hold a password; nothing of it runs on after.

        Raise SandboxError if it could not be run.
        """


class ProvableDatabase(Protocol):
    """A database that can be held against a proof."""

    def prove(self, level: Level, progress: Progress) -> Proof:
        """Take a proof of it, as of the source."""

    def same_meaning(self, kind: str, name: str, facet: str, expected: str, found: str) -> bool:
        """Say whether a definition's source text, parsed again here, gives the text found here."""

    def extension_made(self, name: str, version: str) -> Sequence[Schema]:
        """Return an extension's objects as each way to a version makes them here, the plain creation first.

        Nothing where it cannot be made, or nothing may be. Raise SourceError if the database is not there.
        """

    def check(self, expected: Proof, expectations: Sequence[Expectation], role: str | None) -> Checks:
        """Go further than equality: foreign keys, sequences, index structure, log-in, expectations.

        role: the application's role that must be able to log in, or None.
        """

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        """Let the application's own check look, as the role if that needs no password here.

        Raise SandboxError if it could not be run, SourceError if it failed and the database is not there.
        """
