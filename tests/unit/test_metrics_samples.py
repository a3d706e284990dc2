"""What the gauges of a source are, by what is known of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.metrics.nights import Nights, last_nights
from scims_backup.domain.metrics.of_cloudwatch import for_cloudwatch
from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.domain.metrics.samples import samples_of, unreadable
from scims_backup.domain.run_record import RunResult
from scims_backup.domain.status import Promised, Seen, SourceStatus
from tests.support.statuses import AT, DAY, HOUR, drill, night, whole_status

FAILED, COMPLETED = RunResult.FAILED, RunResult.COMPLETED


def values(status):
    return {(one.gauge, one.label): one.value for one in samples_of(status)}


def test_everything_that_is_known_has_a_value():
    found = values(whole_status())
    assert {gauge for gauge, _ in found} == set(Gauge)
    assert found[Gauge.LAST_SUCCESS, ""] == (AT - 10 * HOUR).timestamp()
    assert found[Gauge.LAST_PROOF, ""] == found[Gauge.PROOF_DUE_SINCE, ""] == (AT - 3 * DAY).timestamp()
    assert found[Gauge.LAST_DRILL, ""] == (AT - 8 * HOUR).timestamp()
    assert found[Gauge.LAST_FAILURE, ""] == night(20).ended.timestamp()
    assert found[Gauge.NEXT_RUN, "backup"] == (AT + 14 * HOUR).timestamp()
    assert found[Gauge.RESTORE_SECONDS, ""] == 90
    assert found[Gauge.BACKUP_PHASE, "dump"] == 550
    assert found[Gauge.BACKUP_SECONDS, ""] == 600
    assert found[Gauge.THROUGHPUT, ""] == 10_000
    assert found[Gauge.IN_ALL, "row"] == 12_345
    assert (found[Gauge.VERDICT, "passed"], found[Gauge.VERDICT, "failed"]) == (1, 0)
    assert (found[Gauge.OPEN_ALERTS, ""], found[Gauge.ACKNOWLEDGED_ALERTS, ""]) == (1, 1)
    assert (found[Gauge.STORED_BYTES, ""], found[Gauge.QUOTA_BYTES, ""]) == (250, 1000)


def test_before_the_first_backup_only_objectives_and_alerts_are_known():
    found = values(SourceStatus("scims-db", AT))
    assert {gauge for gauge, _ in found} == {
        Gauge.READABLE,
        Gauge.STANDING,
        Gauge.BACKUP_AGE_OBJECTIVE,
        Gauge.PROOF_AGE_OBJECTIVE,
        Gauge.OPEN_ALERTS,
        Gauge.ACKNOWLEDGED_ALERTS,
    }


@pytest.mark.parametrize(
    ("change", "since"),
    [
        ({}, AT - 3 * DAY),
        ({"copied": None}, AT - 40 * DAY),
        ({"copied": None, "copies": ""}, None),
    ],
)
def test_a_copy_is_due_since_the_newest_one_or_the_first_backup_where_copies_are_made(change, since):
    found = values(replace(whole_status(), **change))
    assert found.get((Gauge.COPY_DUE_SINCE, "")) == (since and since.timestamp())
    assert ((Gauge.COPY_AGE_OBJECTIVE, "") in found) is (since is not None)


def test_a_source_that_cannot_be_read_says_nothing_else():
    assert [(one.gauge, one.value) for one in unreadable("scims-db")] == [(Gauge.READABLE, 0)]


def test_before_the_first_proof_one_is_due_since_the_first_backup():
    found = values(replace(whole_status(), proven=None))
    assert (Gauge.LAST_PROOF, "") not in found
    assert found[Gauge.PROOF_DUE_SINCE, ""] == (AT - 40 * DAY).timestamp()


@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ({"alerts": (), "last_failure": None}, 0),
        ({"alerts": (), "last_failure": None, "stored_in_all": 1001}, 1),
        ({"newest": Seen(BackupId("scims-db", "20261120T020000Z"), AT - 2 * DAY)}, 2),
    ],
)
def test_the_standing_is_that_of_the_one_judgement(change, standing):
    assert values(replace(whole_status(), **change))[Gauge.STANDING, ""] == standing


def test_a_failed_drill_shows_its_verdict_and_findings():
    found = values(replace(whole_status(), last_drill=drill(FAILED), verdict=drill(FAILED)))
    assert [found[Gauge.VERDICT, word] for word in ("passed", "failed", "inconclusive")] == [0, 1, 0]
    assert found[Gauge.FINDINGS, ""] == 2


@pytest.mark.parametrize(
    ("runs", "counted"),
    [
        ([], None),
        ([night(0)], Nights(1, 0, 0)),
        ([night(days) for days in range(40)], Nights(30, 0, 0)),
        ([night(2), night(1)], Nights(2, 0, 0)),  # tonight's is still to come
        ([night(2), night(0)], Nights(2, 0, 1)),
        ([night(3)], Nights(1, 0, 2)),
        ([night(1), night(0, FAILED)], Nights(1, 1, 0)),
        ([night(1, FAILED), night(1, COMPLETED, hour=4), night(0)], Nights(2, 0, 0)),
        ([night(1, COMPLETED), night(1, FAILED, hour=4), night(0)], Nights(2, 0, 0)),
        ([night(29, FAILED), *(night(days) for days in range(29))], Nights(29, 1, 0)),
    ],
)
def test_success_is_counted_by_nights(runs, counted):
    assert last_nights(SourceStatus("scims-db", AT, nights=tuple(runs))) == counted


def test_cloudwatch_gets_ages_in_the_units_of_the_parameters():
    status = whole_status()
    assert for_cloudwatch(samples_of(status), status.at + HOUR) == {
        Metric.BACKUP_AGE: pytest.approx(11),
        Metric.PROOF_AGE: pytest.approx(3 + 1 / 24),
        Metric.RECOVERY_TIME: pytest.approx(1.5),
        Metric.SUCCESS: pytest.approx(100),
    }


def test_before_the_first_backup_cloudwatch_gets_nothing_so_that_the_alarm_rings():
    status = SourceStatus("scims-db", AT, Promised(restore_time=timedelta(minutes=5)))
    assert for_cloudwatch(samples_of(status), AT) == {}
