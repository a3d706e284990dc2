"""Whom `init` asks, and what tries an answer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.first_steps.answers import Answers, Secrets
from scims_backup.domain.first_steps.questions import Question
from scims_backup.domain.health import Examined


class Asker(Protocol):
    """A person at a terminal, or nobody: then each question has its default.

    can_ask: whether a refused answer can be given again
    """

    can_ask: bool

    def ask(self, question: Question, default: str | None) -> str:
        """Return the answer. Raise UsageError if nobody is there and the question has no default."""

    def refuse(self, error: ScimsBackupError) -> None:
        """Show why an answer is refused."""

    def note(self, examined: Sequence[Examined]) -> None:
        """Show what was checked."""


class Trial(Protocol):
    """Tries answers out, each with the program that will use it. secrets: their texts, not yet written."""

    def check_address(self, url: str) -> None:
        """Raise UsageError unless a URL is the address of a source, without a password in it."""

    def source(self, answers: Answers, secrets: Mapping[Secrets, str]) -> Sequence[Examined]:
        """Connect to the source and check what a backup of it needs."""

    def vault(self, answers: Answers, secrets: Mapping[Secrets, str]) -> Sequence[Examined]:
        """Check catalog and vault."""

    def folder(self, folder: str) -> None:
        """Create a folder for backups, and write into it. Raise OperationFailedError if that fails."""

    def receiver(self, source: str, url: str) -> str:
        """Send a test notification and return the answer. Raise NotifierError if it was not taken."""

    def ping(self, url: str) -> None:
        """Connect to the server of a ping URL. Raise UsageError or NotifierError."""

    def read_secret(self, file: str) -> str:
        """Return the first line of a file. Raise UsageError if it cannot be read or is empty."""

    def has_vault(self, folder: str) -> bool:
        """Return whether a restic repository is in a folder."""

    def new_password(self) -> str:
        """Return a password that nobody can guess."""
