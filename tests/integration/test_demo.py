"""The demos play to their end, small, and leave nothing behind however they end."""

import re
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.cloud.calendar import Calendar
from tests.support.pages import ROOT

_COMMAND = [sys.executable, "-m", "demo", "--users", "400"]
_CLOUD = [sys.executable, "-m", "demo.cloud", "--nights", "2", "--users", "300"]
_TOLD = (
    "Subject: [CRITICAL] scims-db: drill failed: table public.item_stocks",
    "Subject: [CRITICAL] scims-redis: drill failed: key of database 0, session:... (",
    "Subject: [ERROR] scims-db: backup failed: role scims_backup may not read",
    "function:scims-dump",
    "BackupsCompleted: 4",
    "one backup, no mail",
    "Fargate and Scheduler are simulated, IAM is not enforced",
)


def _places(said):
    """The directories that a demo worked in."""
    return {Path(place) for place in re.findall(r"/tmp/(?:scims-demo|localcloud)-\w+", said)}


def _running():
    """The command lines of all processes."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield file.read_bytes().decode(errors="replace")


@pytest.mark.slow
def test_the_story_goes_as_told_and_nothing_of_it_stays():
    done = subprocess.run(
        _COMMAND, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "What you have seen" in done.stdout
    assert 'key of database 0, "session:7": missing' in done.stdout
    (place,) = _places(done.stdout)
    assert not place.exists()


@pytest.mark.slow
def test_the_story_of_the_stack_goes_as_told_and_nothing_of_it_stays():
    done = subprocess.run(
        _CLOUD, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert [told for told in _TOLD if told not in done.stdout] == []
    (place,) = _places(done.stdout)
    assert not place.exists()
    assert not [command for command in _running() if str(place) in command]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "moment"), [(_COMMAND, "restore: about"), (_CLOUD, "▶ scims-dump")], ids=["drill", "night"]
)
def test_a_demo_that_is_terminated_leaves_nothing(command, moment):
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        said = []
        for line in demo.stdout:
            said.append(line)
            if line.startswith(moment):
                demo.send_signal(signal.SIGTERM)
    assert demo.returncode == 128 + signal.SIGTERM, "".join(said)
    (place,) = _places("".join(said))
    assert not place.exists()
    assert not [command for command in _running() if str(place) in command]


def test_the_nights_of_the_story_are_over_whenever_it_is_told():
    for hours in range(24 * 15):
        now = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours, minutes=30)
        calendar = Calendar.before(now)
        moments = [
            *calendar.nights(4),
            calendar.drill,
            calendar.loss,
            calendar.second_drill,
            *map(calendar.after, (1, 2, 3)),
        ]
        assert moments == sorted(moments)
        assert moments[-1] <= now
        assert [f"{moment:%a %H}" for moment in (calendar.drill, calendar.second_drill)] == ["Sun 03"] * 2
        assert moments[3].date() == calendar.drill.date()


@pytest.mark.parametrize(("count", "days"), [(1, [8]), (2, [1, 8]), (4, [1, 6, 7, 8])])
def test_nights_end_on_the_sunday_and_begin_a_week_before(count, days):
    nights = Calendar(datetime(2026, 11, 8, tzinfo=UTC)).nights(count)
    assert [(night.day, night.hour) for night in nights] == [(day, 2) for day in days]
