"""Child processes: what they say is kept, and they end when asked."""

import os
import signal

import pytest

from scims_backup.adapters.processes.watched import KEPT_BYTES, Child

ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def shell(script, **options):
    return Child(["sh", "-c", script], ENVIRONMENT, **options)


def test_output_errors_and_exit_code_are_told():
    with shell("echo out; echo why >&2; exit 7") as child:
        assert child.read() == b"out\n"
        assert child.read() == b""
        assert child.wait() == 7
        assert child.errors() == "why\n"


def test_the_last_of_many_errors_is_kept_and_they_hold_nothing_up():
    with shell("yes noise | head -c 1000000 >&2; echo why >&2; exit 1") as child:
        assert child.wait() == 1
        assert child.errors().endswith("why\n")
        assert len(child.errors()) == KEPT_BYTES


def test_input_is_fed_whole_and_ended():
    with shell("wc -c", fed=True, collected=None) as child:
        child.feed(bytes(5_000_000))
        child.end_input()
        assert child.wait() == 0
        assert child.output().strip() == b"5000000"


def test_a_program_that_stopped_reading_breaks_the_pipe():
    with shell("exit 0", fed=True) as child:
        child.wait()
        with pytest.raises(BrokenPipeError):
            child.feed(bytes(5_000_000))


def test_leaving_ends_a_program_that_would_go_on_for_ever():
    with shell("exec sleep 600") as child:
        pass
    assert child.wait() == -signal.SIGINT


def test_a_program_that_ignores_the_signal_is_killed():
    with shell("trap '' INT; echo ready; sleep 600") as child:
        assert child.read() == b"ready\n"
        assert child.stop(seconds=0.1) == -signal.SIGKILL


def test_a_stopped_program_never_sees_the_end_of_its_input(tmp_path):
    seen = tmp_path / "seen"
    with shell(f"trap '' INT; echo ready; cat; touch {seen}", fed=True) as child:
        assert child.read() == b"ready\n"
        child.feed(b"x")
        child.stop(seconds=0.1)
    assert not seen.exists()


def test_a_program_that_is_held_up_by_its_output_can_end():
    with shell("trap 'exit 3' INT; echo ready; head -c 30000000 /dev/zero; exec sleep 600") as child:
        assert child.read(6) == b"ready\n"
        assert child.stop() == 3


def test_a_first_word_is_awaited():
    with shell("echo word; exec sleep 600", collected=100) as child:
        assert child.wait_for_output()
    with shell("exit 0", collected=100) as child:
        assert not child.wait_for_output()


def test_waiting_has_an_end():
    with shell("exec sleep 600") as child, pytest.raises(TimeoutError):
        child.wait(0.01)


def test_a_program_that_is_not_there_is_an_error_of_the_system():
    with pytest.raises(FileNotFoundError):
        Child(["no-such-program"], ENVIRONMENT)
