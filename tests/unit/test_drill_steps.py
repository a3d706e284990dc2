"""What comes next in a drill: a table of what is known against what was seen."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_run import Attempt, DrillRun, Refusal, Request
from scims_backup.domain.drill_steps import (
    MOST_ATTEMPTS,
    RETRY_AFTER,
    UNSURE_AFTER,
    Conclude,
    GiveUp,
    Gone,
    Running,
    Start,
    Stopped,
    Wait,
    next_step,
)
from scims_backup.domain.verdict import Report, Verdict
from tests.fakes import a_report

ASKED = datetime(2026, 11, 22, 3, tzinfo=UTC)
DEADLINE = ASKED + timedelta(hours=6)
BACKUP = BackupId("scims-db", "20261122T020000Z")
LATER = Refusal("no capacity", temporary=True)
NEVER = Refusal("no such cluster", temporary=False)
KILLED = Stopped(1, "exit code 137")
NOT_BEGUN = Stopped(1, "cannot pull the image", began=False)


def drill(*attempts, report=None):
    return DrillRun(BACKUP, "20261122T030000Z", Request(ASKED, DEADLINE), attempts, report)


def attempt(number=1, task="task", refused=None, started=ASKED):
    return Attempt(number, started, None if refused else task, refused)


UNSURE = attempt(task=None)


@pytest.mark.parametrize(
    ("run", "seen", "after", "step"),
    [
        (drill(), None, timedelta(), Start(1)),
        (drill(attempt()), None, timedelta(), Wait()),
        (drill(attempt()), Running(), timedelta(hours=5), Wait()),
        (drill(attempt()), Gone(), UNSURE_AFTER - timedelta(seconds=1), Wait()),
        (drill(attempt()), Gone(), UNSURE_AFTER, GiveUp("its task is gone and left no report")),
        (drill(attempt()), KILLED, timedelta(), GiveUp("its task stopped without a report: exit code 137")),
        (drill(attempt()), Stopped(2, "another's"), timedelta(), Wait()),
        (drill(attempt()), NOT_BEGUN, timedelta(), Wait()),
        (drill(attempt()), NOT_BEGUN, RETRY_AFTER, Start(2)),
        (drill(UNSURE), None, UNSURE_AFTER, Wait()),
        (drill(UNSURE), Gone(), UNSURE_AFTER - timedelta(seconds=1), Wait()),
        (drill(UNSURE), Gone(), UNSURE_AFTER, Start(1, again=True)),
        (drill(UNSURE), Running(), UNSURE_AFTER, Wait()),
        (drill(attempt(refused=LATER)), None, RETRY_AFTER - timedelta(seconds=1), Wait()),
        (drill(attempt(refused=LATER)), None, RETRY_AFTER, Start(2)),
        (
            drill(attempt(refused=NEVER)),
            None,
            timedelta(),
            GiveUp("no task could be started: no such cluster"),
        ),
        (
            drill(*(attempt(number, refused=LATER) for number in range(1, MOST_ATTEMPTS + 1))),
            None,
            timedelta(),
            GiveUp(f"no task could be started in {MOST_ATTEMPTS} attempts: no capacity"),
        ),
    ],
)
def test_the_next_step_follows_from_what_is_known_and_what_was_seen(run, seen, after, step):
    assert next_step(run, seen, ASKED + after) == step


@pytest.mark.parametrize("seen", [None, Running(), Gone(), KILLED, NOT_BEGUN])
@pytest.mark.parametrize("attempts", [(), (attempt(),), (UNSURE,), (attempt(refused=NEVER),)])
def test_a_report_decides_whatever_else_was_seen_even_after_the_deadline(attempts, seen):
    report = a_report(Verdict.FAILED)
    assert next_step(drill(*attempts, report=report), seen, DEADLINE) == Conclude(report)


@pytest.mark.parametrize("attempts", [(), (attempt(),), (UNSURE,)])
def test_a_drill_without_a_report_is_given_up_at_its_deadline(attempts):
    step = next_step(drill(*attempts), Running(), DEADLINE)
    assert step == GiveUp("there was no report by 2026-11-22 09:00 UTC")


def test_a_drill_that_was_refused_until_its_deadline_says_why():
    step = next_step(drill(attempt(refused=LATER)), None, DEADLINE)
    assert isinstance(step, GiveUp)
    assert step.reason.endswith("; the last task was refused: no capacity")


def test_a_report_without_a_verdict_of_a_drill_is_never_made_up():
    assert next_step(drill(), None, ASKED) != Conclude(Report(Verdict.PASSED))


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (lambda: Request(ASKED, DEADLINE).to_bytes("7f"), (Request.from_bytes, Request(ASKED, DEADLINE))),
        (LATER.to_bytes, (Refusal.from_bytes, LATER)),
    ],
)
def test_documents_are_read_as_they_were_written(write, read):
    assert read[0](write(), "some key") == read[1]


def test_a_request_without_a_deadline_is_of_a_drill_that_runs_by_itself():
    assert (
        Request.from_bytes(b'{"version": 1, "run": "7f", "started": "2026-11-22T03:00:00+00:00"}', "k")
        is None
    )
