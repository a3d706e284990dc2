"""Conditions: which kind of event opens and ends which, and what is to be sent at which moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.alert import mail_for
from scims_backup.domain.alert.recoveries import RECOVERIES
from scims_backup.domain.conditions import (
    Acknowledged,
    Cause,
    Condition,
    Due,
    Ended,
    Mailed,
    Place,
    Problem,
    cause_of,
    causes_ended_by,
    first_end,
    place_of,
)
from scims_backup.domain.events import Event, Kind, Severity
from tests.support.alerting import usual_severity

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLDER, SAME, NEWER = (f"scims-db-202611{day}T020000Z" for day in (21, 22, 23))

LIFE = {
    Kind.BACKUP_COMPLETED: (None, {"no-new-backup", "unusual-size", "unusual-content", "slow-backup"}),
    Kind.BACKUP_FAILED: ("no-new-backup", set()),
    Kind.BACKUP_HANDED_OVER: (None, set()),
    Kind.BACKUP_OVERDUE: ("no-new-backup", set()),
    Kind.BACKUP_SIZE_ANOMALY: ("unusual-size", set()),
    Kind.STORED_SIZE_ANOMALY: ("unusual-size", set()),
    Kind.ROW_COUNT_ANOMALY: ("unusual-content", set()),
    Kind.ROWS_FROZEN: ("unusual-content", set()),
    Kind.ROWS_LOST: ("content-lost", set()),
    Kind.BACKUP_SLOW: ("slow-backup", set()),
    Kind.BACKUPS_PRUNED: (None, {"prune-fails"}),
    Kind.PRUNE_FAILED: ("prune-fails", set()),
    Kind.STORAGE_QUOTA_EXCEEDED: ("quota-exceeded", set()),
    Kind.STORAGE_QUOTA_NEAR: ("quota-near", set()),
    Kind.DRILL_STARTED: (None, set()),
    Kind.DRILL_PASSED: (None, {"not-proven"}),
    Kind.DRILL_FAILED: ("not-proven", set()),
    Kind.DRILL_INCONCLUSIVE: ("not-proven", set()),
    Kind.DRILL_OVERDUE: ("not-proven", set()),
    Kind.SANDBOX_NOT_REMOVED: ("sandbox-left", set()),
    Kind.ROOM_RUNS_SHORT: (None, set()),
    Kind.RESTORE_COMPLETED: (None, {"restore-fails"}),
    Kind.RESTORE_FAILED: ("restore-fails", set()),
    Kind.SUBSCRIPTION_UNCONFIRMED: ("subscription-unconfirmed", set()),
    Kind.COPY_COMPLETED: (None, {"no-new-copy"}),
    Kind.COPY_FAILED: ("no-new-copy", set()),
    Kind.COPY_OVERDUE: ("no-new-copy", set()),
    Kind.CONDITION_RECOVERED: (None, {"quota-exceeded"}),
}


def an_event(kind, at=AT, backup=SAME, source="scims-db", severity=None, **facts):
    return Event("7f", kind, severity or usual_severity(kind), at, source, backup, facts)


def a_problem(kind=Kind.BACKUP_FAILED, at=AT, backup=SAME, key="events/a.json", **facts):
    return Problem.of(key, an_event(kind, at, backup, **facts))


def a_condition(*followed, opened=None, cause=Cause.NO_NEW_BACKUP, **more):
    first = opened or a_problem()
    defaults = {"first_mails": {first.event: AT}, "followed": followed, **more}
    return Condition("scims-db", cause, 1, first, **defaults)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_place_in_the_life_of_conditions(kind):
    opens, ends = LIFE[kind]
    event = an_event(kind, condition="quota-exceeded")
    assert cause_of(event) == opens
    assert set(causes_ended_by(event)) == ends


@pytest.mark.parametrize("kind", Kind)
def test_what_opens_a_condition_is_mailed_and_only_notices_are_mailed_beside(kind):
    notices = {Kind.ROOM_RUNS_SHORT, Kind.BACKUP_COMPLETED, Kind.RESTORE_COMPLETED}
    if cause_of(an_event(kind)):
        assert mail_for(an_event(kind)) is not None
    elif kind not in notices:
        assert mail_for(an_event(kind)) is None


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_can_be_ended_and_its_recovery_has_words(cause):
    assert cause in causes_ended_by(an_event(Kind.CONDITION_RECOVERED, condition=cause))
    assert RECOVERIES[cause].meaning


@pytest.mark.parametrize("named", [None, "", "moon-full", 7, ["quota-exceeded"]])
def test_a_recovery_of_what_nobody_knows_ends_nothing(named):
    assert causes_ended_by(an_event(Kind.CONDITION_RECOVERED, condition=named)) == ()


@pytest.mark.parametrize("source", ["../x", "a/b", "", "Ä", "a" * 80])
def test_a_source_that_cannot_be_part_of_a_key_has_no_conditions(source):
    assert cause_of(an_event(Kind.BACKUP_FAILED, source=source)) is None
    assert causes_ended_by(an_event(Kind.BACKUP_COMPLETED, source=source)) == ()


@pytest.mark.parametrize(
    ("problem", "kind", "backup", "after", "mended"),
    [
        (a_problem(), Kind.BACKUP_COMPLETED, SAME, HOUR, True),  # the run was repeated for its time
        (a_problem(), Kind.BACKUP_COMPLETED, NEWER, DAY, True),
        (a_problem(), Kind.BACKUP_COMPLETED, NEWER, -HOUR, False),
        (a_problem(), Kind.BACKUP_COMPLETED, NEWER, timedelta(), False),
        (a_problem(backup=None), Kind.BACKUP_COMPLETED, SAME, HOUR, True),
        (a_problem(Kind.BACKUP_OVERDUE), Kind.BACKUP_COMPLETED, SAME, HOUR, False),
        (a_problem(Kind.BACKUP_OVERDUE), Kind.BACKUP_COMPLETED, NEWER, HOUR, True),
        (a_problem(Kind.BACKUP_SIZE_ANOMALY), Kind.BACKUP_COMPLETED, SAME, HOUR, False),
        (a_problem(Kind.ROW_COUNT_ANOMALY), Kind.BACKUP_COMPLETED, NEWER, DAY, True),
        (a_problem(Kind.DRILL_FAILED), Kind.DRILL_PASSED, SAME, HOUR, True),
        (a_problem(Kind.DRILL_FAILED), Kind.DRILL_PASSED, OLDER, HOUR, False),
        (a_problem(Kind.DRILL_INCONCLUSIVE), Kind.DRILL_PASSED, NEWER, HOUR, True),
        (a_problem(Kind.DRILL_INCONCLUSIVE, backup=None), Kind.DRILL_PASSED, SAME, HOUR, True),
        (a_problem(Kind.DRILL_OVERDUE, hours_allowed=192), Kind.DRILL_PASSED, SAME, HOUR, False),
        (a_problem(Kind.DRILL_OVERDUE, hours_allowed=192), Kind.DRILL_PASSED, NEWER, HOUR, True),
        (a_problem(Kind.DRILL_OVERDUE, message="another after_restore"), Kind.DRILL_PASSED, SAME, HOUR, True),
        (a_problem(Kind.COPY_FAILED), Kind.COPY_COMPLETED, SAME, HOUR, True),
        (a_problem(Kind.COPY_OVERDUE), Kind.COPY_COMPLETED, OLDER, HOUR, False),
        (a_problem(Kind.PRUNE_FAILED, backup=None), Kind.BACKUPS_PRUNED, None, HOUR, True),
        (a_problem(Kind.RESTORE_FAILED), Kind.RESTORE_COMPLETED, None, HOUR, True),
        (a_problem(Kind.RESTORE_FAILED), Kind.RESTORE_COMPLETED, OLDER, HOUR, True),  # another one works
        (a_problem(Kind.DRILL_OVERDUE, hours_allowed=1), Kind.CONDITION_RECOVERED, SAME, HOUR, True),
    ],
)
def test_a_problem_is_mended_by_a_later_event_about_a_backup_that_counts(
    problem, kind, backup, after, mended
):
    assert problem.is_mended_by(an_event(kind, AT + after, backup)) is mended


def test_a_condition_ends_once_every_problem_is_mended():
    overdue = a_problem(Kind.BACKUP_OVERDUE, AT + 8 * HOUR, key="events/b.json")
    condition = a_condition(overdue)
    too_early = ("events/x.json", an_event(Kind.BACKUP_COMPLETED, AT + HOUR, NEWER))
    ends = ("events/y.json", an_event(Kind.BACKUP_COMPLETED, AT + 9 * HOUR, NEWER))
    assert first_end(condition, [too_early], AT + DAY) is None
    ended = first_end(condition, [ends, too_early], AT + DAY)
    assert ended == Ended("events/y.json", Kind.BACKUP_COMPLETED, AT + 9 * HOUR, NEWER)
    assert ended is not None
    assert first_end(replace(condition, ended=ended), [ends], AT + DAY) is None


def test_an_anomaly_ends_only_when_the_next_backup_was_compared_too():
    odd = a_problem(Kind.BACKUP_SIZE_ANOMALY)
    condition = a_condition(opened=odd, cause=Cause.UNUSUAL_SIZE)
    next_night = [("events/x.json", an_event(Kind.BACKUP_COMPLETED, AT + DAY, NEWER))]
    assert first_end(condition, next_night, AT + DAY + HOUR) is None
    assert first_end(condition, next_night, AT + DAY + 2 * HOUR) is not None


def test_an_event_from_the_future_ends_nothing():
    forged = [("events/x.json", an_event(Kind.BACKUP_COMPLETED, AT + 999 * DAY, NEWER))]
    assert first_end(a_condition(), forged, AT + DAY) is None


ENDED = Ended("events/e.json", Kind.DRILL_PASSED, AT + 2 * HOUR, SAME)
INCONCLUSIVE = a_problem(Kind.DRILL_INCONCLUSIVE)
OPEN = a_condition(opened=INCONCLUSIVE, cause=Cause.NOT_PROVEN)


@pytest.mark.parametrize(
    ("latest", "kind", "at", "place"),
    [
        (None, Kind.DRILL_INCONCLUSIVE, AT, Place.OPENS),
        (OPEN, Kind.DRILL_INCONCLUSIVE, AT + HOUR, Place.FOLLOWS),
        (OPEN, Kind.DRILL_INCONCLUSIVE, AT - HOUR, Place.FOLLOWS),  # it comes late
        (OPEN, Kind.DRILL_FAILED, AT + HOUR, Place.ESCALATES),
        (OPEN, Kind.DRILL_OVERDUE, AT + HOUR, Place.ESCALATES),
        (replace(OPEN, ended=ENDED), Kind.DRILL_INCONCLUSIVE, AT + HOUR, Place.IS_PAST),
        (replace(OPEN, ended=ENDED), Kind.DRILL_FAILED, AT + HOUR, Place.OPENS),  # nobody heard of it
        (replace(OPEN, ended=ENDED), Kind.DRILL_INCONCLUSIVE, AT + DAY, Place.OPENS),
    ],
)
def test_what_a_problem_is_to_the_latest_condition(latest, kind, at, place):
    assert place_of(a_problem(kind, at), latest) is place


AGAIN = a_problem(at=AT + HOUR, key="events/b.json")
OVERDUE = a_problem(Kind.BACKUP_OVERDUE, AT + 3 * HOUR, key="events/c.json")
KNOWN = Acknowledged("anna", AT)


def mailed(after, *problems):
    return Mailed("m", AT + after, tuple(one.event for one in problems))


@pytest.mark.parametrize(
    ("condition", "after", "due"),
    [
        (a_condition(), HOUR, Due.NOTHING),
        (a_condition(), DAY, Due.REMINDER),
        (a_condition(mailed=(mailed(DAY),)), DAY + HOUR, Due.NOTHING),
        (a_condition(mailed=(mailed(DAY),)), 2 * DAY, Due.REMINDER),
        (a_condition(first_mails={}), 2 * DAY, Due.NOTHING),
        (a_condition(AGAIN), 2 * HOUR, Due.FOLLOWED),
        (a_condition(AGAIN), DAY, Due.REMINDER),
        (a_condition(AGAIN, mailed=(mailed(HOUR, AGAIN),)), 2 * HOUR, Due.NOTHING),
        # what repeats itself waits for the reminder; another kind does not
        (a_condition(AGAIN, replace(AGAIN, event="d"), mailed=(mailed(HOUR, AGAIN),)), 4 * HOUR, Due.NOTHING),
        (a_condition(AGAIN, OVERDUE, mailed=(mailed(HOUR, AGAIN),)), 4 * HOUR, Due.FOLLOWED),
        (a_condition(acknowledged={Severity.ERROR: KNOWN}), 9 * DAY, Due.NOTHING),
        (a_condition(AGAIN, acknowledged={Severity.ERROR: KNOWN}), 9 * DAY, Due.NOTHING),
        (a_condition(acknowledged={Severity.WARNING: KNOWN}), DAY, Due.REMINDER),  # it was less severe then
        (a_condition(ended=ENDED), HOUR, Due.RECOVERED),
        (a_condition(ended=ENDED, acknowledged={Severity.ERROR: KNOWN}), HOUR, Due.RECOVERED),
        (a_condition(ended=ENDED, first_mails={}), HOUR, Due.NOTHING),
        (a_condition(ended=ENDED, recovered=mailed(HOUR)), 9 * DAY, Due.NOTHING),
    ],
)
def test_which_mail_is_due(condition, after, due):
    assert condition.due(AT + after) is due


@pytest.mark.parametrize("record", [a_problem(), mailed(HOUR, AGAIN), KNOWN, ENDED])
def test_a_record_is_read_as_it_was_written(record):
    assert type(record).from_bytes(record.to_bytes(), "x") == record
