"""A month of alerts: how many mails somebody gets for the faults that there were."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.events import Kind
from tests.support.alerting import HOUR, Watched

NIGHT = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def watched():
    return Watched(NIGHT)


def test_thirty_days_with_faults_send_one_opening_daily_reminders_and_one_recovery_for_each_cause(watched):
    """A week without backups, three days over the quota, two Sundays of failed drills; all else is well."""
    for day in range(30):
        watched.passes(NIGHT + day * DAY)
        if 5 <= day < 12:
            watched.happens(Kind.BACKUP_FAILED, message="the vault is full")
        else:
            watched.happens(Kind.BACKUP_COMPLETED)
            watched.happens(Kind.BACKUPS_PRUNED, watched.now + timedelta(minutes=5))
        if 14 <= day < 17:
            watched.happens(Kind.STORAGE_QUOTA_EXCEEDED)
        if day == 17:
            watched.happens(Kind.CONDITION_RECOVERED, condition="quota-exceeded", message="3 GB, quota 5 GB")
        if day % 7 == 0:
            is_bad = day in (14, 21)
            watched.happens(
                Kind.DRILL_FAILED if is_bad else Kind.DRILL_PASSED,
                watched.now + HOUR,
                drill="20261101T030000Z",
            )
        if day == 6:
            watched.passes(watched.now + 4 * HOUR)
            watched.happens(Kind.BACKUP_OVERDUE, backup=NIGHT + 4 * DAY)
    watched.passes(NIGHT + 30 * DAY)
    counted = Counter(
        (json.loads(mail.document)["condition"], mail.attributes["state"]) for mail in watched.letters.mails
    )
    assert counted == {
        ("no-new-backup", "opened"): 1,
        ("no-new-backup", "followed"): 1,  # overdue, which nobody had heard of yet
        ("no-new-backup", "reminder"): 6,
        ("no-new-backup", "recovered"): 1,
        ("quota-exceeded", "opened"): 1,
        ("quota-exceeded", "reminder"): 3,
        ("quota-exceeded", "recovered"): 1,
        ("not-proven", "opened"): 1,
        ("not-proven", "reminder"): 14,
        ("not-proven", "recovered"): 1,
    }
