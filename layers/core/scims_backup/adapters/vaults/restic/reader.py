"""Reading one archive from restic's standard output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from scims_backup.adapters.processes.watched import Child
from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.domain.errors import VaultError, VaultLockedError


class ResticReader:
    """`restic dump` on its way; leaving early stops it."""

    def __init__(self, program: Program, ref: str, path: str) -> None:
        self._program = program
        self._ref = ref
        self._path = path
        self._child = self._start()

    def chunks(self) -> Iterator[bytes]:
        """Yield the archive's bytes. Raise VaultError if restic ends badly, at the end or before."""
        chunk = self._program.unlocked(self._first)
        while chunk:
            yield chunk
            chunk = self._child.read()
        self._check()

    def _first(self) -> bytes:
        """Return the first bytes; a restic that failed before any is started again."""
        chunk = self._child.read()
        if not chunk and self._child.wait():
            failed = self._failure()
            self._child.stop()
            if isinstance(failed, VaultLockedError):
                self._child = self._start()
            raise failed
        return chunk

    def _check(self) -> None:
        if self._child.wait():
            raise self._failure()

    def _failure(self) -> VaultError:
        return self._program.failure(f"cannot read archive {self._ref}", self._child, reading=True)

    def _start(self) -> Child:
        return self._program.start("dump", self._ref, self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stop()
