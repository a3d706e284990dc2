"""The demo plays to its end, small, and leaves nothing behind however it ends."""

import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.pages import ROOT

_COMMAND = [sys.executable, "-m", "demo", "--users", "400"]


def _places(said):
    """The directories that the demo worked in."""
    return {Path(place) for place in re.findall(r"/tmp/scims-demo-\w+", said)}


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
    (place,) = _places(done.stdout)
    assert not place.exists()


@pytest.mark.slow
def test_the_story_of_the_stack_goes_as_told():
    command = [sys.executable, "-m", "demo.cloud", "--nights", "1", "--users", "200"]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "Subject: [CRITICAL] scims-db: drill failed: table public.item_stocks" in done.stdout
    assert "one backup, no mail" in done.stdout


@pytest.mark.slow
def test_a_demo_that_is_terminated_in_its_drill_leaves_nothing():
    with subprocess.Popen(
        _COMMAND,
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
            if line.startswith("restore: about"):
                demo.send_signal(signal.SIGTERM)
    assert demo.returncode == 128 + signal.SIGTERM, "".join(said)
    (place,) = _places("".join(said))
    assert not place.exists()
    assert not [command for command in _running() if str(place) in command]
