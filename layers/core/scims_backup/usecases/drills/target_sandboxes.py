"""A drill on the server where it would count: its sandbox is a new database there, dropped at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scims_backup.domain.errors import OperationFailedError
from scims_backup.ports import Proof, Sandbox, Target


class TargetSandboxes:
    """Sandboxes on a target server; implements ports.Sandboxes."""

    def __init__(self, target: Target[Any]) -> None:
        self._target = target

    @contextmanager
    def open(self) -> Iterator[Sandbox[Any]]:
        """Open one; the restore itself removes what a killed one left behind."""
        yield TargetSandbox(self._target)


class TargetSandbox:
    """A server that is there already; implements ports.Sandbox."""

    def __init__(self, target: Target[Any]) -> None:
        self._target = target

    def start(self, like: Proof) -> Target[Any]:  # noqa: ARG002  it runs, whatever the source is like
        """Return the server."""
        return self._target

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        """Return the failure as it is: the server itself reports what it lacks."""
        return error
