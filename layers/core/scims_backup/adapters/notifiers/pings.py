"""Pings to a dead man's switch such as healthchecks.io."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from scims_backup.adapters.notifiers.outside import Asked, asked
from scims_backup.domain.errors import NotifierError

PATIENCE_SECONDS = 10.0
"""One ping may take so long; the process itself waits five seconds for a connection, and for an answer."""
_PROGRAM = "scims_backup.adapters.notifiers.ping_process"


class OutsidePinger:
    """Pings from a process of its own.

    environment: of which the process gets what leads to the network.
    """

    def __init__(self, environment: Mapping[str, str], patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._environment = environment
        self._seconds = patience_seconds

    @contextmanager
    def sending(self, url: str, says: str, name: str) -> Iterator[Callable[[], None]]:
        """Begin to ping a URL, and provide what waits until it is done.

        says: the ping's body.
        name: what messages call the URL, which is a secret.
        Entering and waiting raise NotifierError if the ping was not taken.
        """
        with asked(_PROGRAM, {"url": url, "body": says}, self._environment, name) as process:
            yield lambda: self._wait(process, name)

    def _wait(self, process: Asked, name: str) -> None:
        problem = process.answer(self._seconds)["problem"]
        if problem:
            raise NotifierError(
                f"{name} did not take a ping: {problem}", "check the URL, and the service's page"
            )
