"""One of several pg_restores that load data at once: fed from the spool, and watched."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

from scims_backup.adapters.processes.watched import Child
from scims_backup.engines.postgresql.targets.spool import Spool
from scims_backup.engines.postgresql.targets.tools import Tools
from scims_backup.ports import Progress

_TABLE = re.compile(r'processing data for table "(?P<name>.+)"$')


class TableWatch:
    """Tells of tables whose rows were loaded, as pg_restore --verbose goes from one to the next."""

    def __init__(self, progress: Progress, rows: Mapping[str, int]) -> None:
        self._progress, self._rows = progress, rows
        self._table: str | None = None

    def line(self, line: str) -> None:
        """Take a line that pg_restore says."""
        begun = _TABLE.search(line)
        if begun is not None:
            self.end()
            self._table = begun["name"]

    def end(self) -> None:
        """The table that was begun is over."""
        if self._table is not None:
            self._progress.rows(self._table, self._rows.get(self._table, 0))
            self._table = None


class SpooledJob:
    """One pg_restore, fed from the spool by a thread of its own."""

    def __init__(self, tools: Tools, child: Child, spool: Spool) -> None:
        self._tools, self._child, self._spool = tools, child, spool
        self.loaded = 0
        self._thread = threading.Thread(target=self._feed, name="feed-pg_restore", daemon=True)
        self._thread.start()

    def is_at_work(self, seconds: float) -> bool:
        """Whether it still reads, after waiting so long at most for its end."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def check(self) -> None:
        """Raise why it ended, if it has failed already; one that has all its tables ends early and well."""
        if not self._thread.is_alive():
            self._tools.finish(self._child)

    def finish(self) -> None:
        """Wait until it has read all it needs, and has ended."""
        self._thread.join()
        self._tools.finish(self._child)

    def kill(self) -> None:
        """End it at once; `stop` is still to be called."""
        self._child.kill()

    def stop(self) -> None:
        """Clear up after it; its thread ends first, which may still write."""
        self._thread.join()
        self._child.stop()

    def _feed(self) -> None:
        for chunk in self._spool.chunks():
            try:
                self._child.feed(chunk)
            except BrokenPipeError:
                break  # it has ended: how is for its exit code to say
            self.loaded += len(chunk)
        self._child.end_input()
