"""The directory of a sandbox: held by a lock while its process lives, removable by anyone of us after."""

from __future__ import annotations

import atexit
import errno
import fcntl
import os
import secrets
import select
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.errors import SandboxError

_PREFIX = "scims-sandbox-"
_SOCKET_PREFIX = "scims-socket-"
_SOCKET_FILE = "/.s.PGSQL.5432.lock"
"""PostgreSQL's: the longest name of a socket's file that any engine's server makes."""
_SOCKET_PATH_BYTES = 107
_STOP_SECONDS = 10
_REMOVAL_ATTEMPTS = 5
_NAMES_TRIED = 10
_NOT_OURS = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EWOULDBLOCK)


@dataclass(frozen=True)
class SandboxDirectory:
    """The files of one sandbox, all below one directory (but for a socket whose path would be too long)."""

    directory: Path

    @classmethod
    def choose(cls, root: Path) -> SandboxDirectory:
        """Choose a name that is not used yet, e.g. `scims-sandbox-5f0c93a1`."""
        return cls(root / f"{_PREFIX}{secrets.token_hex(8)}")

    @property
    def data(self) -> Path:
        """The server's own directory, where it also writes its `….pid`."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.directory / "log"

    @property
    def sockets(self) -> Path:
        """The directory of the server's socket, whose path the system limits to 107 bytes."""
        inside = self.directory / "socket"
        if len(os.fsencode(f"{inside}{_SOCKET_FILE}")) <= _SOCKET_PATH_BYTES:
            return inside
        return Path("/tmp") / self.directory.name.replace(_PREFIX, _SOCKET_PREFIX)  # noqa: S108

    def dismantle(self) -> None:
        """Stop the server that runs here, if any, and remove every file. Raise SandboxError if that fails."""
        _stop_servers(self.data)
        try:
            for directory in (self.sockets, self.directory):
                _remove(directory)
        except OSError as error:
            raise SandboxError(
                f"sandbox {self.directory} cannot be removed: {error.strerror}", "remove it by hand"
            ) from error


@contextmanager
def new_place(root: Path | None) -> Iterator[SandboxDirectory]:
    """Make a directory that is ours alone, after removing what killed runs left; it is removed at the end.

    root: where; None for the system's own directory for temporary files.
    Raise SandboxError if that fails.
    """
    parent = Path(root or tempfile.gettempdir()).absolute()
    for place in leftovers(parent):
        with held(place) as left_behind:
            if left_behind:
                place.dismantle()
    with _place_below(parent) as place:
        yield place


@contextmanager
def _place_below(root: Path) -> Iterator[SandboxDirectory]:
    """Make a directory that is ours alone; it is removed when the context ends."""
    for _ in range(_NAMES_TRIED):
        place = SandboxDirectory.choose(root)
        # a signal may come at any instruction, also before the context's own way out is armed
        atexit.register(place.dismantle)
        with ExitStack() as way_out:
            way_out.callback(atexit.unregister, place.dismantle)
            way_out.callback(uninterrupted, place.dismantle)
            _make(place)
            # another run may take the new directory for a leftover before it is locked
            if way_out.enter_context(held(place)):
                yield place
                return
    raise SandboxError(
        f"no private directory could be created in {root}", "set SCIMS_SANDBOX_DIR to another directory"
    )


def _make(place: SandboxDirectory) -> None:
    try:
        place.directory.mkdir(mode=0o700)
        place.directory.chmod(0o711)  # the server's user must reach what is its own inside
    except OSError as error:
        raise SandboxError(
            f"no sandbox can be created at {place.directory}: {error.strerror}",
            "set SCIMS_SANDBOX_DIR to another directory",
        ) from error


@contextmanager
def held(place: SandboxDirectory) -> Iterator[bool]:
    """Hold a place's lock, which ends with this process at the latest; yield whether it is ours to use.

    It is not if it is gone, belongs to another user, or is held by a living process.
    """
    lock = _lock(place.directory)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def leftovers(root: Path) -> Iterator[SandboxDirectory]:
    """Yield the places below root; whether one was left behind is for its lock to say."""
    for directory in sorted(root.glob(f"{_PREFIX}*")):
        yield SandboxDirectory(directory)


def _lock(directory: Path) -> int | None:
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in _NOT_OURS:
            return None
        raise
    if _is_locked_by_us(descriptor, directory):
        return descriptor
    os.close(descriptor)
    return None


def _is_locked_by_us(descriptor: int, directory: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held, named = os.fstat(descriptor), directory.lstat()
    except OSError as error:
        if error.errno in _NOT_OURS:
            return False
        raise
    # it may have been removed, and even created again, between opening and locking
    return os.path.samestat(held, named) and held.st_uid == os.geteuid()


def _stop_servers(data: Path) -> None:
    for file in data.glob("*.pid"):
        _stop_server(file, data)


def _stop_server(file: Path, data: Path) -> None:
    try:
        # a single-user server of PostgreSQL writes its number negative
        pid = abs(int(file.read_text().splitlines()[0]))
        process = os.pidfd_open(pid)
    except (FileNotFoundError, NotADirectoryError, ProcessLookupError, IndexError, ValueError):
        return
    try:
        if _runs_in(pid, data):
            _stop(process)
    finally:
        os.close(process)


def _runs_in(pid: int, data: Path) -> bool:
    """Say whether the process works in this data directory: its number may be another's by now.

    Root without the capability SYS_PTRACE may not see where another user's process works, but its command.
    """
    process = Path(f"/proc/{pid}")
    try:
        return (process / "cwd").readlink() == data.resolve()
    except PermissionError:
        return os.fsencode(data.parent.name) in (process / "cmdline").read_bytes()
    except FileNotFoundError:
        return False


def _stop(process: int) -> None:
    ended = select.poll()
    ended.register(process, select.POLLIN)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        try:
            signal.pidfd_send_signal(process, number)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise SandboxError(
                f"the server of a drill that was killed cannot be ended: {error.strerror}",
                "end it by hand, or run drills as the user that it has",
            ) from error
        if ended.poll(_STOP_SECONDS * 1000):
            return


def _remove(directory: Path) -> None:
    """Remove a directory; a process that is about to end may still put a file into it meanwhile."""
    for attempt in range(_REMOVAL_ATTEMPTS):
        try:
            shutil.rmtree(directory)
        except FileNotFoundError:
            if not directory.exists():
                return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or attempt + 1 == _REMOVAL_ATTEMPTS:
                raise
        else:
            return
