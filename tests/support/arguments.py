"""The arguments of programs, which everybody on a machine can read."""

import threading
from pathlib import Path
from typing import Self


class Watch:
    """Collects the arguments of every program on the machine while it is open."""

    def __init__(self) -> None:
        self.arguments: set[bytes] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    self.arguments.add((entry / "cmdline").read_bytes())
                except OSError:
                    continue  # it has ended
