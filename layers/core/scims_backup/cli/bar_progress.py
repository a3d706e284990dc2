"""Progress as bars on a terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from scims_backup.runtime.progress import text
from scims_backup.runtime.progress.meter import Meter, Phase

_REFRESHES_PER_SECOND = 8
_NARROW = 72
"""Columns below which rate and remaining time are left out."""


class BarProgress:
    """A bar per phase and unit, drawn by a thread of its own; counting is cheap.

    console: on standard error; timer: seconds, never going back.
    """

    def __init__(self, console: Console, timer: Callable[[], float]) -> None:
        self._console = console
        self._timer = timer
        self._lock = threading.Lock()
        self._phases: list[Phase] = []
        self._live = Live(
            console=console,
            get_renderable=self._render,
            refresh_per_second=_REFRESHES_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """End the phase before, and begin this one."""
        with self._lock:
            self._end_last()
            first = not self._phases
            self._phases.append(Phase(name, total_bytes, total_rows, self._timer()))
        if first:
            self._live.start()

    def bytes(self, count: int) -> None:
        """Count bytes."""
        with self._lock:
            if self._phases:
                self._phases[-1].bytes.done += count

    def rows(self, table: str, count: int) -> None:
        """Count a table's rows."""
        with self._lock:
            if self._phases:
                self._phases[-1].rows.done += count
                self._phases[-1].table = table

    def note(self, message: str) -> None:
        """Print a remark above the bars."""
        self._console.print(Text(f"note: {text.printable(message)}", style="yellow"))

    def close(self) -> None:
        """End the last phase and leave the bars as they stand."""
        with self._lock:
            self._end_last()
        self._live.stop()

    def _end_last(self) -> None:
        if self._phases:
            self._phases[-1].end(self._timer())

    def _render(self) -> Table:
        wide = self._console.width >= _NARROW
        grid = Table.grid(padding=(0, 2))
        with self._lock:
            for phase in self._phases:
                for meter in phase.used() or [phase.bytes]:
                    table = phase.table if wide and meter is phase.rows and meter.ended is None else ""
                    cells = self._cells(meter, wide)
                    grid.add_row(
                        *cells, *([Text(text.printable(table), "dim", no_wrap=True)] if table else [])
                    )
        return grid

    def _cells(self, meter: Meter, wide: bool) -> list[Text | ProgressBar]:
        now = self._timer()
        fraction = meter.fraction()
        over = meter.ended is not None
        bar = ProgressBar(
            total=1.0 if over or fraction is not None else None,
            completed=1.0 if over else fraction or 0.0,
            width=24 if wide else 10,
        )
        cells: list[Text | ProgressBar] = [Text(f"{meter.label:<7}", style="bold"), bar]
        cells.append(Text(meter.amount() if meter.done else "", no_wrap=True))
        if wide:
            cells.append(Text(meter.rate(now), style="cyan", no_wrap=True))
        took = text.duration(meter.seconds(now))
        return [*cells, Text(meter.left(now) or took, style="dim", no_wrap=True)]
