"""A process of its own for what speaks to receivers: it can be killed, and knows no other secret."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from scims_backup.adapters.processes.children import child
from scims_backup.domain.errors import NotifierError

_PASSED_ON = re.compile(
    r"PATH|TZ|LANG|LC_\w+|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE",
    re.IGNORECASE,
)
"""What the process gets of our environment: how to reach the network, and no secret."""
_INSTALL = "check that scims-backup is installed with all of its packages"


class Asked:
    """A process that was asked something.

    name: what messages call whom it speaks to.
    """

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self._process = process
        self._name = name

    def answer(self, seconds: float) -> Mapping[str, Any]:
        """Wait so long for the answer. Raise NotifierError if there is none."""
        try:
            answer, _ = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise NotifierError(
                f"{self._name} did not answer within {seconds:g} seconds",
                "check that it can be reached from here",
            ) from None
        if self._process.returncode:
            code = self._process.returncode
            raise NotifierError(f"the process that speaks to {self._name} ended with {code}", _INSTALL)
        found: Mapping[str, Any] = json.loads(answer)
        return found


@contextmanager
def asked(
    module: str, question: Mapping[str, str], environment: Mapping[str, str], name: str
) -> Iterator[Asked]:
    """Ask a module in a process of its own, which is gone when the context ends.

    environment: of which the process gets what leads to the network.
    name: what messages call whom it speaks to.
    Raise NotifierError if no process can be started.
    """
    with ExitStack() as stack:
        # memory, not a pipe: nobody has to wait until it is read
        given = stack.enter_context(os.fdopen(os.memfd_create("question"), "w+"))
        json.dump(question, given)
        given.flush()
        given.seek(0)
        running = child(
            [sys.executable, "-sP", "-m", module],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a library prints may hold the URL
            env=_surroundings(environment),
            cwd="/",
        )
        try:
            process = stack.enter_context(running)
        except OSError as error:
            raise NotifierError(
                f"no process can be started to speak to {name}: {error.strerror}",
                "check this machine's limits",
            ) from None
        yield Asked(process, name)


def _surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    passed = {name: value for name, value in environment.items() if _PASSED_ON.fullmatch(name)}
    return {**passed, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
