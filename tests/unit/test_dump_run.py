"""What comes next in a dump that was handed over: a table of what is known against what was seen."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_run import Attempt, Refusal
from scims_backup.domain.drill_steps import (
    MOST_ATTEMPTS,
    RETRY_AFTER,
    UNSURE_AFTER,
    Gone,
    Running,
    Start,
    Stopped,
    Wait,
)
from scims_backup.domain.dump_run import DumpRun, Fail, Leave, next_step
from scims_backup.domain.handover import Handover, Why

ASKED = datetime(2026, 11, 22, 2, tzinfo=UTC)
PATIENCE = timedelta(hours=6)
BACKUP = BackupId("scims-db", "20261122T020000Z")
LATER = Refusal("no capacity", temporary=True)
NEVER = Refusal("no such cluster", temporary=False)
TWELVE, TWENTY = (
    Handover("run", Why.PREDICTED, 1000, minutes * 60, ASKED, ASKED + PATIENCE) for minutes in (12, 20)
)
MET_DEADLINE = Handover("run", Why.DEADLINE, 1000, 12 * 60, ASKED, ASKED + PATIENCE)
NO_TASK = Fail("no task could be started: no such cluster")
NOT_YET = Fail("no task could be started yet: no capacity", is_final=False)


def attempt(number=1, task="task", refused=None):
    return Attempt(number, ASKED, None if refused else task, refused)


def run(*attempts, asked=TWENTY, is_over=False):
    return DumpRun(BACKUP, asked, attempts, is_over)


@pytest.mark.parametrize(
    ("before", "seen", "after", "step"),
    [
        (run(), None, timedelta(), Start(1)),
        (run(is_over=True), None, timedelta(), Wait()),
        (run(attempt(), is_over=True), Stopped(1, "exit code 1"), timedelta(), Wait()),
        (run(attempt()), None, timedelta(), Wait()),
        (run(attempt()), Running(), timedelta(hours=5), Wait()),
        (run(attempt()), Running(), PATIENCE, Fail("there was no backup by 2026-11-22 08:00 UTC")),
        (
            run(attempt()),
            Stopped(1, "code 137"),
            timedelta(),
            Fail("its task stopped without a backup: code 137"),
        ),
        (run(attempt()), Stopped(2, "of another"), timedelta(), Wait()),
        (run(attempt()), Gone(), UNSURE_AFTER, Fail("its task is gone and left no backup")),
        (run(attempt(task=None)), Gone(), timedelta(), Wait()),
        (run(attempt(task=None)), Gone(), UNSURE_AFTER, Start(1, again=True)),
        (run(attempt(refused=LATER), asked=TWELVE), None, timedelta(), Leave("no capacity")),
        (run(attempt(refused=NEVER), asked=TWELVE), None, timedelta(), Leave("no such cluster")),
        (run(attempt(refused=NEVER)), None, timedelta(), NO_TASK),
        (run(attempt(refused=NEVER), asked=MET_DEADLINE), None, timedelta(), NO_TASK),
        (run(attempt(refused=LATER)), None, timedelta(), NOT_YET),
        (run(attempt(refused=LATER)), None, RETRY_AFTER, Start(2)),
        (
            run(*(attempt(number + 1, refused=LATER) for number in range(MOST_ATTEMPTS))),
            None,
            RETRY_AFTER,
            Fail("no task could be started in 5 attempts: no capacity"),
        ),
    ],
)
def test_the_next_step_follows_from_what_is_known_and_seen(before, seen, after, step):
    assert next_step(before, seen, ASKED + after) == step


@pytest.mark.parametrize(("asked", "fits"), [(TWELVE, True), (TWENTY, False), (MET_DEADLINE, False)])
def test_a_function_may_try_what_is_predicted_to_fit_and_has_not_met_its_deadline(asked, fits):
    assert asked.fits_function is fits


def test_no_document_lets_a_task_run_for_days():
    forever = Handover("run", Why.PREDICTED, 1, 1, ASKED, ASKED + timedelta(days=999))
    assert forever.deadline == ASKED + timedelta(hours=72)
