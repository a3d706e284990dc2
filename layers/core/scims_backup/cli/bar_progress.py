"""Progress as rich's bars on a terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from scims_backup.domain.words import ROWS_OF_TABLES, Words
from scims_backup.runtime.progress import text
from scims_backup.runtime.progress.meter import amount, counting

_REFRESHES_PER_SECOND = 8
_NARROW = 72
"""Columns below which rate and table are left out."""


class BarProgress:
    """A bar for each phase, or two where it counts bytes and rows; rich's own thread draws them.

    console: on standard error
    timer: seconds, never going back
    redact: hides secrets in remarks
    """

    words: Words = ROWS_OF_TABLES

    def __init__(
        self, console: Console, timer: Callable[[], float], redact: Callable[[str], str] = str
    ) -> None:
        self._redact = redact
        self._progress = Progress(
            *_columns(wide=console.width >= _NARROW),
            console=console,
            refresh_per_second=_REFRESHES_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            get_time=timer,
        )
        self._lock = threading.Lock()
        self._bytes: TaskID | None = None
        self._rows: TaskID | None = None
        self._waiting: TaskID | None = None
        """Shown only because nothing was counted yet."""

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """End the phase before, and begin this one."""
        with self._lock:
            self._end()
            self._bytes = self._add(name, text.size, total_bytes)
            self._rows = self._add("proof" if name == "dump" else name, counting(self.words), total_rows)
            if not (total_bytes or total_rows):
                self._waiting = self._bytes
                self._progress.update(self._bytes, visible=True)
        self._progress.start()

    def bytes(self, count: int) -> None:
        """Count bytes."""
        with self._lock:
            self._count(self._bytes, count)

    def rows(self, table: str, count: int) -> None:
        """Count a table's rows."""
        with self._lock:
            self._count(self._rows, count, text.printable(table))

    def note(self, message: str) -> None:
        """Print a remark above the bars."""
        self._progress.console.print(Text(f"note: {text.printable(self._redact(message))}", style="yellow"))

    def close(self) -> None:
        """End the last phase and leave the bars as they stand."""
        with self._lock:
            self._end()
        if self._progress.live.is_started:
            self._progress.stop()

    def _add(self, label: str, write: Callable[[float], str], total: int) -> TaskID:
        shown = bool(total)
        return self._progress.add_task(
            f"{label:<7}", total=total or None, visible=shown, write=write, table=""
        )

    def _count(self, bar: TaskID | None, count: int, table: str = "") -> None:
        if bar is None:
            return
        if self._waiting is not None and self._waiting != bar:
            self._progress.update(self._waiting, visible=False)
        self._waiting = None
        self._progress.update(bar, advance=count, visible=True, table=table)

    def _end(self) -> None:
        """Fill the bars of the phase, also of one that counted nothing."""
        for task in self._progress.tasks:
            if task.id in {self._bytes, self._rows}:
                self._progress.stop_task(task.id)
                done = task.completed or 1
                self._progress.update(task.id, total=done, completed=done, table="", counted=task.completed)
        self._bytes = self._rows = self._waiting = None


def _columns(*, wide: bool) -> list[ProgressColumn]:
    left_out = () if wide else (_Rate, _Table)
    columns = (
        TextColumn("{task.description}", style="bold", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(24 if wide else 10),
        _Amount(),
        _Rate(),
        _Time(),
        _Table(),
    )
    return [column for column in columns if not isinstance(column, left_out)]


def _line(words: str, style: str = "") -> Text:
    return Text(words, style, no_wrap=True)


def _counted(task: Task) -> float:
    """What was counted: the bar of a phase that ended is full also where nothing was."""
    return float(task.fields.get("counted", task.completed))


class _Amount(ProgressColumn):
    """What is done, of what, e.g. `412 MB of about 1.2 GB`."""

    def render(self, task: Task) -> Text:
        done = _counted(task)
        return _line(amount(task.fields["write"], done, task.total or 0) if done else "")


class _Rate(ProgressColumn):
    """How fast of late, e.g. `41 MB/s`; on the whole, once the phase has ended."""

    def render(self, task: Task) -> Text:
        speed = task.speed if task.stop_time is None else _counted(task) / (task.elapsed or 1)
        return _line(f"{task.fields['write'](speed)}/s" if speed else "", "cyan")


class _Time(ProgressColumn):
    """How much time is left, e.g. `19 s left`, else how much has passed."""

    def render(self, task: Task) -> Text:
        left = task.time_remaining if task.stop_time is None else None
        return _line(f"{text.duration(left)} left" if left else text.duration(task.elapsed or 0), "dim")


class _Table(ProgressColumn):
    """The table that was done last."""

    def render(self, task: Task) -> Text:
        return _line(task.fields["table"], "dim")
