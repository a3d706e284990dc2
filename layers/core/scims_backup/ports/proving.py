"""What a proof is held against, and where drills make such a database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scims_backup.domain.expectations import Expectation
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.proof import Level, Proof, Schema
from scims_backup.domain.verdict import Finding, NotChecked
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


class Sandbox(Protocol):
    """A disposable server for one drill; it is gone on every way out of the context."""

    def spool(self) -> Path:
        """Return the path, inside the sandbox, where the archive is to be fetched to."""

    def start(self, like: Proof) -> None:
        """Start the server to resemble the source: bootstrap role, roles, encoding. Raise SandboxError."""

    def restore(self, progress: Progress) -> ProvableDatabase:
        """Restore the spooled archive.

        Raise RestoreFailedError, or SandboxError if it is the sandbox's fault.
        """


class Sandboxes(Protocol):
    """Where sandboxes come from."""

    def open(self) -> AbstractContextManager[Sandbox]:
        """Open a sandbox, after removing what a killed run left behind."""
