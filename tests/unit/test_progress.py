"""Progress: the arithmetic, plain lines, and bars."""

import io

import pytest
from rich.console import Console

from scims_backup.cli.bar_progress import BarProgress
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
    meter = Meter("dump", text.size, 1_000_000, began=100.0, done=250_000)
    assert (meter.amount(), meter.rate(105.0), meter.left(105.0)) == (
        "250 kB of about 1.0 MB",
        "50 kB/s",
        "15 s left",
    )


def test_a_meter_beyond_its_estimate_promises_nothing():
    meter = Meter("dump", text.size, 1_000, began=100.0, done=2_000)
    assert (meter.amount(), meter.left(105.0), meter.fraction()) == ("2.0 kB", "", 1.0)


def test_a_meter_at_its_beginning_has_no_rate():
    meter = Meter("dump", text.size, 1_000, began=100.0)
    assert (meter.rate(100.0), meter.left(100.0), meter.fraction()) == ("", "", 0.0)


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


@pytest.mark.parametrize("width", [20, 60, 200])
def test_bars_fit_every_terminal(timer, width):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, color_system=None)
    progress = BarProgress(console, timer)
    progress.phase("dump", 1_000_000, 50)
    timer.now += 5
    progress.bytes(400_000)
    progress.note("remark")
    progress.rows("public.users", 50)
    progress.phase("prove")
    progress.close()
    assert "remark" in out.getvalue()
    if width == 200:
        assert "400 kB" in out.getvalue()
        assert "80 kB/s" in out.getvalue()


def test_bars_that_never_began_end_in_silence(timer):
    BarProgress(Console(file=io.StringIO()), timer).close()


def test_a_line_in_between_names_the_table_that_was_done_last(timer):
    lines: list[str] = []
    progress = PlainProgress(lines.append, timer)
    progress.phase("restore", 1_000_000, 100)
    progress.rows("public.users", 50)
    timer.now += 11
    progress.bytes(400_000)
    assert lines[-1].endswith("50 rows of about 100 rows, 5 rows/s, 11 s left, last table public.users")
