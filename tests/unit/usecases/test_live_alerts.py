"""Alerts with a life: what is mailed about a cause, whatever comes late, twice, in another order, or dies."""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.cli.main import _request
from scims_backup.cli.request import Request
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.conditions import Cause, cause_of
from scims_backup.domain.errors import DocumentError, NothingToWorkOnError, NotifierError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.holds import LOST_ROWS, Hold
from scims_backup.usecases.alerts.acknowledge import open_conditions
from scims_backup.usecases.alerts.conditions import Conditions
from scims_backup.usecases.alerts.live_alerts import Alerted
from scims_backup.usecases.stored.holds import put_hold
from scims_backup.usecases.stored.manifests import holds_by_backup
from tests.support.alerting import HOUR, SOURCE, Watched

NIGHT = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
ENDS = {
    Cause.NO_NEW_BACKUP: Kind.BACKUP_COMPLETED,
    Cause.UNUSUAL_SIZE: Kind.BACKUP_COMPLETED,
    Cause.UNUSUAL_CONTENT: Kind.BACKUP_COMPLETED,
    Cause.SLOW_BACKUP: Kind.BACKUP_COMPLETED,
    Cause.PRUNE_FAILS: Kind.BACKUPS_PRUNED,
    Cause.NOT_PROVEN: Kind.DRILL_PASSED,
    Cause.RESTORE_FAILS: Kind.RESTORE_COMPLETED,
    Cause.NO_NEW_COPY: Kind.COPY_COMPLETED,
}


@pytest.fixture
def watched():
    return Watched(NIGHT)


def recovers(watched, cause):
    kind = ENDS.get(cause, Kind.CONDITION_RECOVERED)
    watched.happens(kind, drill="20261102T030000Z", condition=cause)


OPENING = [kind for kind in Kind if cause_of(Watched(NIGHT).event(kind))]


@pytest.mark.parametrize("kind", OPENING)
def test_every_kind_that_lasts_is_mailed_at_once_reminded_daily_and_ended_by_one_mail(watched, kind):
    cause = cause_of(watched.event(kind))
    assert watched.happens(kind) == Alerted("message-1")
    watched.passes(NIGHT + 3 * DAY + HOUR)
    recovers(watched, cause)
    watched.passes(NIGHT + 6 * DAY)
    assert watched.letters.states == ["opened", "reminder", "reminder", "reminder", "recovered"]
    assert all(mail.subject.isascii() and len(mail.subject) < 100 for mail in watched.letters.mails)
    assert open_conditions(watched.catalog, SOURCE) == []


@pytest.mark.parametrize("kind", OPENING)
def test_every_mail_of_a_life_says_what_it_means_what_to_type_and_where_the_logs_are(watched, kind):
    watched.stack = "scims"
    watched.happens(kind)
    watched.passes(NIGHT + DAY)
    recovers(watched, cause_of(watched.event(kind)))
    watched.passes(watched.now + 3 * HOUR)
    assert len(watched.letters.mails) == 3
    for mail in watched.letters.mails:
        document = json.loads(mail.document)
        assert document["meaning"]
        assert document["logs"]
        assert "\nLogs:\n" in mail.body
        typed = [line.split() for line in mail.body.splitlines() if line.startswith("    scims-backup ")]
        assert typed
        assert all(isinstance(_request(words[1:]), Request) for words in typed)
        assert mail.attributes["kind"] == kind
        assert mail.attributes["source"] == SOURCE


def test_failed_and_overdue_are_one_cause_and_one_opening_mail(watched):
    watched.happens(Kind.BACKUP_FAILED, message="the vault is full")
    watched.passes(NIGHT + 6 * HOUR)
    assert watched.happens(Kind.BACKUP_OVERDUE) == Alerted(follows=True)
    assert watched.letters.states == ["opened"]
    watched.passes(NIGHT + 7 * HOUR)
    assert watched.letters.states == ["opened", "followed"]
    assert watched.letters.mails[1].subject.startswith(
        "[ERROR] scims-db: more about: backup failed: open for 7 h"
    )
    assert (
        "Since the last mail (1):\n  - 2026-11-01 08:00:00 UTC  backup overdue"
        in watched.letters.mails[1].body
    )


def test_what_follows_is_bundled_and_what_repeats_itself_waits_for_the_reminder(watched):
    watched.happens(Kind.BACKUP_FAILED)
    for hour in range(1, 31):
        watched.now = NIGHT + hour * HOUR
        watched.happens(Kind.BACKUP_FAILED)
        watched.looks()
    assert watched.letters.states == ["opened", "followed", "reminder"]
    assert "Since the last mail (24):" in watched.letters.mails[2].body


def test_a_worse_event_is_mailed_at_once_and_reminds_again_after_an_acknowledgement(watched):
    watched.happens(Kind.DRILL_INCONCLUSIVE)
    watched.acknowledges("not-proven")
    watched.passes(NIGHT + 2 * DAY)
    assert watched.letters.states == ["opened"]
    assert watched.happens(Kind.DRILL_FAILED).message == "message-2"
    watched.passes(NIGHT + 3 * DAY)
    assert watched.letters.states == ["opened", "opened", "reminder"]
    assert watched.letters.mails[2].subject.startswith("[CRITICAL] scims-db: still: drill failed")


def test_an_acknowledged_condition_is_silent_until_its_recovery_and_the_next_one_is_mailed(watched):
    watched.happens(Kind.BACKUP_FAILED)
    watched.acknowledges("no-new-backup")
    for _ in range(5):
        watched.passes(watched.now + DAY)
        watched.happens(Kind.BACKUP_FAILED)
    watched.passes(watched.now + HOUR)
    assert watched.letters.states == ["opened"]
    watched.happens(Kind.BACKUP_COMPLETED)
    watched.passes(watched.now + HOUR)
    watched.happens(Kind.BACKUP_FAILED)
    watched.passes(watched.now + DAY)
    assert watched.letters.states == ["opened", "recovered", "opened", "reminder"]


def test_a_recovery_says_how_long_it_lasted_and_what_ended_it(watched):
    watched.happens(Kind.BACKUP_FAILED, message="the vault is full")
    watched.passes(NIGHT + 2 * DAY)
    watched.happens(Kind.BACKUP_COMPLETED)
    mail = watched.letters.mails[-1]
    assert mail.subject == (
        "[INFO] scims-db: recovered: backup failed: after 2 days: scims-db-20261103T020000Z"
    )
    assert "Ended:      2026-11-03 02:00:00 UTC by BackupCompleted" in mail.body
    assert (mail.attributes["severity"], mail.attributes["state"]) == ("error", "recovered")
    assert json.loads(mail.document)["meaning"].startswith("There is a new backup again.")


def test_conditions_of_two_sources_do_not_touch_each_other(watched):
    watched.happens(Kind.BACKUP_FAILED)
    other = Event("9", Kind.BACKUP_FAILED, Severity.ERROR, NIGHT, "scims-redis", None, {})
    assert watched.alerts().consider(watched.stored(watched.event(Kind.DRILL_STARTED)), other).message
    watched.passes(NIGHT + HOUR)
    watched.happens(Kind.BACKUP_COMPLETED)
    assert [one.source for one in Conditions(watched.catalog).unsettled()] == ["scims-redis"]


def test_a_look_may_be_at_one_source_alone(watched):
    watched.happens(Kind.BACKUP_FAILED)
    watched.now += DAY
    assert watched.alerts().tick("scims-redis").messages == ()
    assert watched.alerts().tick(SOURCE).messages == ("message-2",)


# --- late, twice, in any order, never ----------------------------------------------------------------


def night_of_faults(watched):
    """A failure, its overdue, a failed drill, and the backup and drill that end them."""
    return [
        watched.event(Kind.BACKUP_FAILED, NIGHT),
        watched.event(Kind.BACKUP_OVERDUE, NIGHT + HOUR, NIGHT - DAY),
        watched.event(Kind.BACKUP_COMPLETED, NIGHT + 2 * HOUR),
        watched.event(Kind.DRILL_FAILED, NIGHT + 3 * HOUR, NIGHT),
        watched.event(Kind.DRILL_PASSED, NIGHT + 4 * HOUR, NIGHT + 2 * HOUR, drill="20261101T060000Z"),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_in_whatever_order_events_come_each_cause_is_opened_once_and_ended_once(watched, order):
    events = night_of_faults(watched)
    stored = [watched.stored(event) for event in events]
    watched.now = NIGHT + 5 * HOUR
    for number in [*order, *order]:
        watched.alerts().consider(stored[number], events[number])
    watched.passes(NIGHT + 9 * HOUR)
    by_kind = Counter((mail.attributes["state"], mail.attributes["kind"]) for mail in watched.letters.mails)
    opened = [kind for (state, kind), count in by_kind.items() if state == "opened" for _ in range(count)]
    assert sorted(opened) in (["BackupFailed", "DrillFailed"], ["BackupOverdue", "DrillFailed"])
    assert watched.letters.states.count("recovered") == 2
    assert open_conditions(watched.catalog, SOURCE) == []


def test_events_of_which_no_news_ever_came_are_found_by_the_hourly_look(watched):
    for event in night_of_faults(watched):
        watched.stored(event)
    watched.passes(NIGHT + 9 * HOUR)
    assert Counter(watched.letters.states) == {"opened": 2, "recovered": 2}


def test_an_end_that_nothing_in_the_catalog_bears_out_ends_nothing(watched):
    watched.happens(Kind.BACKUP_FAILED)
    watched.now += HOUR
    forged = watched.event(Kind.BACKUP_COMPLETED)
    key = keys.event(forged.time, forged.kind, forged.id)
    watched.catalog.put_new(key, forged.to_bytes())
    watched.alerts().consider(key, forged)
    watched.looks()
    assert watched.letters.states == ["opened"]


def test_a_mail_that_is_refused_is_sent_by_the_next_look_before_anything_else_of_its_condition(watched):
    watched.letters.refuses = [NotifierError("no")]
    with pytest.raises(NotifierError):
        watched.happens(Kind.BACKUP_FAILED)
    watched.now += HOUR
    watched.happens(Kind.BACKUP_COMPLETED)
    assert watched.letters.states == []
    watched.looks()
    watched.looks()
    assert watched.letters.states == ["opened", "recovered"]


def test_one_condition_that_cannot_be_read_keeps_no_other_back(watched):
    watched.happens(Kind.BACKUP_FAILED)
    watched.happens(Kind.COPY_FAILED)
    (failed,) = (key for key in watched.catalog.keys("events/") if "BackupFailed" in key)
    watched.catalog.objects[failed] = b"damaged"
    watched.now += DAY
    ticked = watched.alerts().tick()
    assert [type(one) for one in ticked.failures] == [DocumentError]
    assert watched.letters.states == ["opened", "opened", "reminder"]


# --- acknowledging -----------------------------------------------------------------------------------


def test_who_acknowledged_first_stays(watched):
    watched.happens(Kind.BACKUP_FAILED)
    watched.acknowledges("no-new-backup", "anna")
    watched.now += HOUR
    watched.acknowledges("no-new-backup", "otto")
    (condition,) = open_conditions(watched.catalog, SOURCE)
    assert condition.silenced_by is not None
    assert (condition.silenced_by.by, condition.silenced_by.at) == ("anna", NIGHT)


@pytest.mark.parametrize("ended", [False, True])
def test_what_is_not_open_cannot_be_acknowledged(watched, ended):
    if ended:
        watched.happens(Kind.BACKUP_FAILED)
        watched.now += HOUR
        watched.happens(Kind.BACKUP_COMPLETED)
    with pytest.raises(NothingToWorkOnError, match="no-new-backup is not open"):
        watched.acknowledges("no-new-backup")


@pytest.mark.parametrize("is_open", [True, False], ids=["reported", "without an alert function"])
def test_acknowledging_lost_content_releases_the_backup_from_before_and_ends_the_condition(watched, is_open):
    before = BackupId(SOURCE, stamp_of(NIGHT - DAY))
    watched.catalog.put_new(keys.manifest(before), b"{}")
    put_hold(watched.catalog, before, Hold(LOST_ROWS, NIGHT + 9 * DAY))
    if is_open:
        watched.happens(Kind.ROWS_LOST, held=str(before))
    watched.now += HOUR
    assert watched.acknowledges("content-lost").released == (before,)
    assert holds_by_backup(watched.catalog, SOURCE) == {}
    watched.looks()
    assert watched.letters.states == (["opened", "recovered"] if is_open else [])
    assert open_conditions(watched.catalog, SOURCE) == []
