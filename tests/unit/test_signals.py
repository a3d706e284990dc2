"""A signal ends what is being done, wherever it comes, and once."""

import logging
import os
import signal

import pytest

from scims_backup.domain.errors import InterruptedOperationError
from scims_backup.runtime.signals import Interruption


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
