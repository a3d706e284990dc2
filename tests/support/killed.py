"""Runs of a test's program that may be killed, forked from one process that has imported everything once.

    python -m tests.support.killed MODULE

MODULE has `run(place, moment)`: it works on a place, kills itself at a moment if one is given, and
returns all moments otherwise. A line of standard input is `[place, moment]`; its answer is
`[exit code, output]`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

_ROOT = Path(__file__).parents[2]
Work = Callable[[Any, int | None], list[str]]


@dataclass(frozen=True)
class Ended:
    """How a run ended; output: its moments as JSON, or its traceback, or nothing if it was killed."""

    returncode: int
    output: str

    @property
    def moments(self) -> list[str]:
        """All moments of a run that came to its end."""
        assert self.returncode == 0, self.output
        moments: list[str] = json.loads(self.output)
        return moments


Run = Callable[..., Ended]
"""Runs the work on a place (JSON), and kills it at a moment if that is given, too."""


@contextmanager
def runs_of(module: str, environment: Mapping[str, str]) -> Iterator[Run]:
    """Start the process that forks the runs; environment: what it has beside ours."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed", module],
        cwd=_ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        requests, answers = process.stdin, process.stdout
        assert requests is not None
        assert answers is not None

        def run(place: Any, moment: int | None = None) -> Ended:
            requests.write(json.dumps([place, moment]) + "\n")
            requests.flush()
            return Ended(*json.loads(answers.readline()))

        yield run
        requests.close()


def _forked(work: Work, place: Any, moment: int | None) -> tuple[int, str]:
    with tempfile.TemporaryFile("w+") as output:
        pid = os.fork()
        if pid == 0:
            _end_with(work, place, moment, output)
        _, status = os.waitpid(pid, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read()


def _end_with(work: Work, place: Any, moment: int | None, output: TextIO) -> None:
    code = 1
    try:
        json.dump(work(place, moment), output)
        code = 0
    except BaseException:  # noqa: BLE001  whatever it is, this process ends here
        traceback.print_exc(file=output)
    finally:
        output.flush()
        os._exit(code)


def main() -> None:
    """Answer requests until there are no more."""
    work: Work = import_module(sys.argv[1]).run
    for line in sys.stdin:
        print(json.dumps(_forked(work, *json.loads(line))), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
