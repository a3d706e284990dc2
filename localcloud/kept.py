"""A process that is kept by a guardian: it ends with us, however we end, and leaves nothing behind."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_GUARDIAN = Path(__file__).with_name("guardian.py")


def start_kept(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    cwd: Path,
    folder: Path | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a program below its guardian, with this environment and no other; closing its stdin ends it.

    folder: removed with it. output: takes standard output and standard error.
    """
    guardian = [sys.executable, "-I", "-S", str(_GUARDIAN), str(folder or "")]
    return subprocess.Popen(
        [*guardian, *command],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a Ctrl-C is for us, who then let the guardian go
        env=dict(environment),
        cwd=cwd,
    )


def end_kept(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started, if it has not ended, and wait until nothing is left."""
    if process.stdin is not None:
        process.stdin.close()
    process.wait()
