"""Writing one archive into restic's standard input."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from typing import Any

from scims_backup.adapters.processes.watched import Child
from scims_backup.adapters.vaults.restic import snapshots
from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import VaultError, VaultLockedError
from scims_backup.ports import Stored, StoredArchive

_FILLER = bytes(1 << 16)
"""restic 0.15 and later mind a signal only between reads of 512 KiB."""

_FULL_ID = re.compile(r"[0-9a-f]{64}")


class ResticWriter:
    """`restic backup` on its way.

    It takes the end of its input for a whole archive, however that came about: so its input is closed
    by commit alone, and else only once it is dead.
    """

    def __init__(self, program: Program, backup: BackupId) -> None:
        self._program = program
        self._backup = backup
        self._mark = f"run-{secrets.token_hex(8)}"
        self._doing = f"cannot store {backup}"
        self._ready = False
        self._ended = False
        self._committed = False
        self._child = self._start()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; blocks while restic is behind. Raise VaultError if it failed."""
        self._await_ready()
        try:
            self._child.feed(chunk)
        except BrokenPipeError:
            raise self._failure() from None

    def commit(self) -> Stored:
        """End the archive cleanly. Raise VaultError if restic failed.

        stored_bytes: what restic wrote for new data, compressed and encrypted. Since 0.16 it reports
        `data_added_packed`; before, the sum over files of `data_size_in_repo` (0.14's `data_added` is
        uncompressed).
        """
        self._await_ready()
        self._ended = True
        self._child.end_input()
        if self._child.wait():
            raise self._failure()
        stored = self._stored()
        self._committed = True
        return stored

    def abandon(self) -> None:
        """Unless committed, stop restic so that nothing is stored, and remove what was."""
        self._child.stop(filler=_FILLER)
        if self._ended and not self._committed:
            for archive in self._stored_by_this_run():
                snapshots.forget(self._program, self._backup.source, archive.ref)

    def _start(self) -> Child:
        return self._program.start_fed(
            *("backup", "--stdin", "--stdin-filename", snapshots.file_name(self._backup)),
            *("--host", self._backup.source),
            *(part for tag in (*snapshots.tags(self._backup), self._mark) for part in ("--tag", tag)),
            *("--json", "--verbose=2"),
        )

    def _await_ready(self) -> None:
        """Wait until restic has opened the repository and holds its lock, which it shows by a first word.

        Before that no byte is spent, so that a start that met a lock can be repeated.
        """
        if not self._ready:
            self._program.unlocked(self._first_word)
            self._ready = True

    def _first_word(self) -> None:
        if self._child.wait_for_output():
            return
        failed = self._failure()
        self._child.stop()
        if isinstance(failed, VaultLockedError):
            self._child = self._start()
        raise failed

    def _failure(self) -> VaultError:
        return self._program.failure(self._doing, self._child)

    def _stored(self) -> Stored:
        messages = [_message(line) for line in self._child.output().splitlines()]
        summary = next(message for message in reversed(messages) if message.get("message_type") == "summary")
        ref = summary["snapshot_id"]
        if not _FULL_ID.fullmatch(ref):
            ref = self._full_id(ref)
        return Stored(ref, summary.get("data_added_packed", sum(map(_size_in_repository, messages))))

    def _stored_by_this_run(self) -> Sequence[StoredArchive]:
        return snapshots.of_backup(self._program, self._backup, self._mark)

    def _full_id(self, short: str) -> str:
        for archive in self._stored_by_this_run():
            if archive.ref.startswith(short):
                return archive.ref
        raise VaultError(f"{self._backup} was stored as {short} in {self._program}, but it is not there")


def _message(line: bytes) -> dict[str, Any]:
    message = json.loads(line)
    return message if isinstance(message, dict) else {}


def _size_in_repository(message: dict[str, Any]) -> int:
    if message.get("message_type") != "verbose_status":
        return 0
    return int(message.get("data_size_in_repo", 0)) + int(message.get("metadata_size_in_repo", 0))
