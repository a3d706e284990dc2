"""Keep a program and all that it starts for as long as standard input is open; then nothing of it is left.

python -I -S guardian.py FOLDER PROGRAM [ARGUMENT...]     FOLDER is removed at the end; '' for none

However the parent goes, also by SIGKILL, its end of the pipe closes with it. Processes that left their
group or session come back to this one, which the kernel makes their parent, so that none escapes. SIGTERM
goes on to the program; SIGUSR1 kills it as a container is killed. The exit code is the program's, or 128
and its signal's number.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_REMOVE_SECONDS = 30
_GLANCE_SECONDS = 0.002


def main(folder: str, *command: str) -> int:
    """Run the program until it or standard input ends; return the exit code."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    ended, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    passed_on = {signal.SIGTERM: signal.SIGTERM, signal.SIGUSR1: signal.SIGKILL}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)
    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on),  # noqa: PLW1509  no threads
    )
    for number in passed_on:
        signal.signal(number, lambda number, _: _send(program.pid, passed_on[signal.Signals(number)]))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
    try:
        return _await_end(program, ended)
    finally:
        _kill_all()
        if folder:
            _remove(folder)


def _await_end(program: "subprocess.Popen[bytes]", ended: int) -> int:
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if 0 in ready and not os.read(0, 1024):
            return 128 + signal.SIGKILL
        if ended in ready:
            os.read(ended, 1024)
            code = _reaped(program.pid)
            if code is not None:
                return code if code >= 0 else 128 - code


def _reaped(program: int) -> "int | None":
    """Collect who has ended; return the program's exit code once it is among them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == program:
            code = os.waitstatus_to_exitcode(status)


def _kill_all() -> None:
    """Kill our children until there are none: those of a child that dies become ours."""
    while True:
        for pid in _children():
            _send(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(_GLANCE_SECONDS)  # not a wait for one of them: the list may have missed another


def _children() -> "list[int]":
    me, found = str(os.getpid()), []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if parent == me:
            found.append(int(place.name))
    return found


def _remove(folder: str) -> None:
    """Remove a folder, in which other programs may still write while their guardians end them."""
    last = time.monotonic() + _REMOVE_SECONDS
    while Path(folder).exists() and time.monotonic() < last:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(_GLANCE_SECONDS)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
