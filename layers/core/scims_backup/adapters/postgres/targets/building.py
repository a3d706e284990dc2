"""A database that an archive is streamed into, with its indexes built in parallel afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from scims_backup.adapters.postgres.address import Address
from scims_backup.adapters.postgres.client_programs import ClientPrograms
from scims_backup.adapters.postgres.restore_refusals import TARGET, refusal
from scims_backup.adapters.postgres.restore_session import restore_session
from scims_backup.adapters.postgres.targets.failures import RIGHTS
from scims_backup.adapters.postgres.targets.folders import ROOM
from scims_backup.adapters.processes import Child
from scims_backup.domain.errors import TargetError, ToolMissingError
from scims_backup.ports import Progress

_FIRST_LOOK_BYTES = 1 << 18
_SESSION = {
    # what is restored is proven before it is used: a crash meanwhile costs a new restore, and nothing else
    "synchronous_commit": "off",
    "maintenance_work_mem": "256MB",
}


@contextmanager
def _room(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the archive's beginning cannot be kept in {path.parent}: {error.strerror}"
        raise TargetError(message, ROOM) from error


class Head:
    """The beginning of an archive, kept in a file as far as its table of contents goes.

    How long that is only pg_restore can tell: it is asked whenever the file has doubled.
    """

    def __init__(self, path: Path, programs: ClientPrograms) -> None:
        self.path = path
        self._programs = programs
        with _room(path):
            self._file: IO[bytes] | None = path.open("wb")
        self._length = 0
        self._look_at = _FIRST_LOOK_BYTES

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the archive, those too that are not needed any more."""
        if self._file is None:
            return
        self._length += len(chunk)
        look = self._length >= self._look_at
        with _room(self.path):
            self._file.write(chunk)
            if look:
                self._file.flush()
        if look:
            self._look_at = 2 * self._length
            if self._is_whole():
                self.close()

    def close(self) -> None:
        """Nothing more comes."""
        if self._file is not None:
            file, self._file = self._file, None
            with _room(self.path):
                file.close()

    def remove(self) -> None:
        """Nobody needs it any more: what the vault keeps encrypted is not left lying about."""
        for file in self.path.parent.iterdir():
            file.unlink()

    def _is_whole(self) -> bool:
        looked = subprocess.run(
            [self._programs.program("pg_restore"), "--list", str(self.path)],
            env=self._programs.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return looked.returncode == 0


class Loading:
    """pg_restore at work on a stream. superuser: the role is one; jobs: for indexes and constraints."""

    def __init__(
        self, programs: ClientPrograms, address: Address, head: Head, *, superuser: bool, jobs: int
    ) -> None:
        # libpq prefers the address's own options to those of the environment
        options = address.parameters.get("options", "")
        self._programs, self._head, self._jobs = programs, head, jobs
        self._address = address.with_parameters(options="")
        self._receiver = TARGET if superuser else replace(TARGET, rights=RIGHTS)
        self._major = int(programs.version.split(".")[0])
        session = restore_session(self._major, superuser=superuser, more=_SESSION)
        self._environment = {
            **programs.environment(),
            **address.environment(),
            "PGOPTIONS": f"{options} {session}".strip(),
        }
        self._child = self._started(["--section=pre-data", "--section=data"])

    def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raise RestoreFailedError or TargetError if pg_restore has ended."""
        self._head.write(chunk)
        try:
            self._child.feed(chunk)
        except BrokenPipeError:
            self._end(self._child)

    def finish(self, progress: Progress) -> None:
        """End the stream, then build indexes and constraints. Raise as `write`."""
        self._head.close()
        self._child.end_input()
        self._end(self._child)
        progress.note("building indexes and checking constraints")
        post_data = ["--section=post-data", f"--jobs={self._jobs}", str(self._head.path)]
        with self._started(post_data) as child:
            self._end(child)

    def stop(self) -> None:
        """End pg_restore, if it is still at work."""
        self._head.close()
        self._child.stop()

    def _started(self, arguments: Sequence[str]) -> Child:
        program = self._programs.program("pg_restore")
        common = ["--exit-on-error", "--no-tablespaces", "--no-password", f"--dbname={self._address.dsn()}"]
        fed = not arguments[-1].startswith("/")
        try:
            return Child([program, *common, *arguments], self._environment, fed=fed)
        except OSError as error:
            raise ToolMissingError(f"{program} cannot be started: {error.strerror}") from error

    def _end(self, child: Child) -> None:
        code = child.wait()
        if code != 0:
            raise refusal(child.errors(), code, self._major, self._receiver)
