"""Where drills restore to."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.room import Room
from scims_backup.ports.provable import P
from scims_backup.ports.restores import Target


class Sandbox(Protocol[P]):
    """A place for one drill; it is gone on every way out of the context."""

    def start(self, like: P) -> Target[P]:
        """Make a server ready that resembles the source's, and return it as what one archive is restored to.

        What was restored may stay until the sandbox is removed. Raise SandboxError.
        """

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        """Return what a failure of the drill came from, e.g. that the sandbox's server died before it."""


@runtime_checkable
class ChecksRoom(Protocol):
    """A sandbox that knows how much disk there is for it."""

    def check_room(self, expected: int) -> None:
        """Raise SandboxError if a restored database of so many bytes does not fit; called before `start`."""


@runtime_checkable
class MeasuresRoom(Protocol):
    """A sandbox that knows how much of its disk or memory it takes."""

    def room(self) -> Room | None:
        """Return what has been taken; None before there is anything."""


class Sandboxes(Protocol[P]):
    """Where sandboxes come from."""

    def open(self) -> AbstractContextManager[Sandbox[P]]:
        """Open a sandbox, after removing what a killed run left behind."""
