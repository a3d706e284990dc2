"""Progress: the arithmetic, plain lines, and bars."""

import io
import re

import pytest
from rich.console import Console

from scims_backup.cli.bar_progress import BarProgress
from scims_backup.runtime.logs import Redactor
from scims_backup.runtime.progress import text
from scims_backup.runtime.progress.meter import Meter
from scims_backup.runtime.progress.plain import PlainProgress


class Timer:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def timer():
    return Timer()


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_960, "10 kB"),
        (999_600, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
    ],
)
def test_sizes(count, written):
    assert text.size(count) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (4320, "1 h 12 min"),
    ],
)
def test_durations(seconds, written):
    assert text.duration(seconds) == written


def test_a_meter_tells_rate_and_remaining_time():
    meter = Meter(text.size, 1_000_000, began=100.0, done=250_000)
    assert (meter.amount(), meter.rate(105.0), meter.left(105.0)) == (
        "250 kB of about 1.0 MB",
        "50 kB/s",
        "15 s left",
    )


def test_a_meter_beyond_its_estimate_promises_nothing():
    meter = Meter(text.size, 1_000, began=100.0, done=2_000)
    assert (meter.amount(), meter.left(105.0)) == ("2.0 kB", "")


def test_a_meter_at_its_beginning_has_no_rate():
    meter = Meter(text.size, 1_000, began=100.0)
    assert (meter.rate(100.0), meter.left(100.0)) == ("", "")


def test_plain_lines_come_with_phases_and_at_most_every_ten_seconds(timer):
    lines: list[str] = []
    progress = PlainProgress(lines.append, timer)
    progress.phase("dump", 1_000_000, 50)
    for _ in range(5):
        timer.now += 4
        progress.bytes(100_000)
    progress.rows("public.users", 50)
    progress.phase("prove")
    timer.now += 1
    progress.close()
    assert lines == [
        "dump: about 1.0 MB, 50 rows",
        "dump: 300 kB of about 1.0 MB, 25 kB/s, 28 s left, 0 rows of about 50 rows",
        "dump: 500 kB, 50 rows, 20 s",
        "prove …",
        "prove: 1.0 s",
    ]


def test_notes_are_passed_on_at_once(timer):
    lines: list[str] = []
    PlainProgress(lines.append, timer).note("trying \x1b again")
    assert lines == ["note: trying \\x1b again"]


def test_counts_before_the_first_phase_are_no_failure(timer):
    lines: list[str] = []
    progress = PlainProgress(lines.append, timer)
    progress.bytes(1)
    progress.rows("public.users", 1)
    progress.close()
    assert lines == []


class Bars:
    """Bars on a terminal of some width, and the lines that are left of them at the end."""

    def __init__(self, timer, width=200):
        self._out = io.StringIO()
        self._console = Console(file=self._out, force_terminal=True, width=width, color_system=None)
        self.progress = BarProgress(self._console, timer)

    def lines(self):
        self.progress.close()
        frames = re.split(r"(?:(?:\x1b\[1A)?\x1b\[2K)+", _WITHOUT.sub("", self._out.getvalue()))
        return [" ".join(line.replace("━", "").split()) for line in frames[-1].splitlines()]

    def written(self):
        return self._out.getvalue()


_WITHOUT = re.compile(r"\x1b\[\?25[lh]|\r")


@pytest.mark.parametrize("width", [20, 60, 200])
def test_bars_fit_every_terminal(timer, width):
    bars = Bars(timer, width)
    bars.progress.phase("dump", 1_000_000, 50)
    timer.now += 5
    bars.progress.bytes(400_000)
    bars.progress.note("remark")
    bars.progress.rows("public.users", 50)
    bars.progress.phase("prove")
    lines = bars.lines()
    assert "remark" in bars.written()
    assert len(lines) == 3
    if width == 200:
        assert lines == ["dump 400 kB 80 kB/s 5.0 s", "proof 50 rows 10 rows/s 5.0 s", "prove 0.0 s"]


def test_a_bar_at_work_tells_of_what_and_how_long_still_and_which_table_was_last(timer):
    bars = Bars(timer)
    bars.progress.phase("restore", 1_000_000, 100)
    for _ in range(3):
        timer.now += 1
        bars.progress.bytes(100_000)
    bars.progress.rows("public.\x1b[31m[red]users", 25)
    console = Console(width=200)
    shown = [" ".join(line.split()[1:]).lstrip("━╸╺ ") for line in _rendered(bars, console)]
    assert shown == [
        "300 kB of about 1.0 MB 100 kB/s 7.0 s left",
        "25 rows of about 100 rows 3.0 s public.\\x1b[31m[red]users",
    ]


def _rendered(bars, console):
    with console.capture() as captured:
        console.print(bars.progress._progress.get_renderable())
    bars.progress.close()
    return captured.get().splitlines()


def test_a_note_above_the_bars_shows_no_secret(timer):
    out = io.StringIO()
    progress = BarProgress(Console(file=out, width=100), timer, Redactor(["correct horse"]).redact)
    progress.note("the server refused correct horse")
    assert out.getvalue() == "note: the server refused ***\n"


def test_a_bar_without_an_estimate_gives_way_to_one_that_counts(timer):
    bars = Bars(timer)
    bars.progress.phase("prove")
    timer.now += 2
    bars.progress.rows("public.users", 50)
    assert bars.lines() == ["prove 50 rows 25 rows/s 2.0 s"]


def test_a_bar_beyond_its_estimate_promises_nothing(timer):
    bars = Bars(timer)
    bars.progress.phase("dump", 1_000)
    for _ in range(2):
        timer.now += 1
        bars.progress.bytes(1_000)
    shown = _rendered(bars, Console(width=200))
    assert [" ".join(line.split()[1:]).lstrip("━ ") for line in shown] == ["2.0 kB 1.0 kB/s 2.0 s"]


def test_counts_before_the_first_bar_are_no_failure(timer):
    bars = Bars(timer)
    bars.progress.bytes(1)
    bars.progress.rows("public.users", 1)
    assert bars.lines() == []


def test_bars_that_never_began_end_in_silence(timer):
    bars = Bars(timer)
    bars.progress.close()
    assert bars.written() == ""


def test_a_line_in_between_names_the_table_that_was_done_last(timer):
    lines: list[str] = []
    progress = PlainProgress(lines.append, timer)
    progress.phase("restore", 1_000_000, 100)
    progress.rows("public.users", 50)
    timer.now += 11
    progress.bytes(400_000)
    assert lines[-1].endswith("50 rows of about 100 rows, 5 rows/s, 11 s left, last table public.users")
