"""Parts on their way, in a few threads and bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

THREADS = 4
MOST_BYTES = 128 << 20
"""On their way at once; a single part may be larger."""


class Sending:
    """Sends parts; all methods are for one thread, the one that makes them.

    send: sends the part of a number, and returns what completing needs of it.
    """

    def __init__(self, send: Callable[[int, bytearray], CompletedPartTypeDef]) -> None:
        self._send = send
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3-part")
        self._under_way: dict[Future[CompletedPartTypeDef], int] = {}
        self._sent: list[CompletedPartTypeDef] = []

    def add(self, number: int, body: bytearray) -> None:
        """Send a part; blocks while too many bytes are on their way, and then raises as `check` does."""
        while self._under_way and sum(self._under_way.values()) + len(body) > MOST_BYTES:
            wait(self._under_way, return_when=FIRST_COMPLETED)
            self.check()
        self._under_way[self._threads.submit(self._send, number, body)] = len(body)

    def check(self) -> None:
        """Raise what a part has failed with, now and whenever asked again."""
        for future in [future for future in self._under_way if future.done()]:
            self._sent.append(future.result())
            del self._under_way[future]

    def all_sent(self) -> list[CompletedPartTypeDef]:
        """Wait for all parts and return them in order. Raise what one failed with."""
        while self._under_way:
            wait(self._under_way, return_when=FIRST_COMPLETED)
            self.check()
        return sorted(self._sent, key=lambda part: part["PartNumber"])

    def stop(self) -> None:
        """Begin no further part, and wait for those that are on their way."""
        self._threads.shutdown(cancel_futures=True)
