"""What a deployment must know before it continues, and only AWS knows."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class StackFacts(Protocol):
    """Answers questions about what is deployed, without changing any of it."""

    def image(self, version: str) -> str:
        """Return the image that a version of a function runs, with its digest.

        Raise OperationFailedError if it cannot be looked up.
        """

    def password_made(self, secret: str) -> datetime:
        """Return when a secret was made. Raise OperationFailedError if it cannot be looked up."""

    def repository_made(self, bucket: str, folder: str) -> datetime | None:
        """Return when a restic repository was made; None if there is none yet.

        Raise OperationFailedError if it cannot be looked up.
        """
