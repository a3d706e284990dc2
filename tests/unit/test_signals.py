"""A signal ends what is being done, wherever it comes, and once."""

import itertools
import logging
import os
import signal

import pytest

from scims_backup.domain.errors import InterruptedOperationError, TimeIsUpError
from scims_backup.runtime.signals import Interruption, alarm


class _InterruptedStream:
    """The signal comes while a line is being written."""

    def write(self, text):
        return len(text)

    def flush(self):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_comes_while_a_line_is_logged_ends_the_work_all_the_same():
    line = logging.makeLogRecord({"msg": "begins"})
    interruption = Interruption()
    with pytest.raises(InterruptedOperationError, match="stopped by SIGTERM"), interruption.watched():
        logging.StreamHandler(_InterruptedStream()).handle(line)
    assert interruption.exit_code == 128 + signal.SIGTERM


def test_what_goes_on_after_any_failure_does_not_go_on_after_a_signal():
    assert not issubclass(InterruptedOperationError, Exception)


def test_an_alarm_ends_what_goes_on_and_is_gone_afterwards():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeIsUpError), alarm(0):
        any(False for _ in itertools.count())  # signal.pause() waits for ever if the signal came before it
    assert signal.getsignal(signal.SIGALRM) == before


@pytest.mark.parametrize("seconds", [0.0, 5000.0])
def test_an_alarm_that_is_not_needed_leaves_the_one_before_as_it_was(seconds):
    before = signal.setitimer(signal.ITIMER_REAL, seconds)
    with alarm(9000):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 5000
    left, _ = signal.setitimer(signal.ITIMER_REAL, *before)
    assert 0 < left <= seconds or left == seconds
