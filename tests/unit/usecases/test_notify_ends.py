"""Without AWS, who was notified of a problem is notified of its end, found in the log alone."""

from dataclasses import replace
from datetime import timedelta

from scims_backup.domain.alert import Wanted
from scims_backup.domain.events import Kind, Severity
from tests.support.notified import COMPLETED, FAILED, NOW, Deployment

STAMP, NEXT = "20261122T020000Z", "20261123T020000Z"
HOUR = timedelta(hours=1)
OF_NIGHT = replace(FAILED, backup=f"db-{STAMP}")


def completed(deployment, hours=1, stamp=STAMP, **more):
    """Record that a backup was taken, with its manifest."""
    event = replace(COMPLETED, id=f"c{hours}", time=NOW + hours * HOUR, backup=f"db-{stamp}", **more)
    deployment.catalog.put_new(f"manifests/db/{stamp}.json", b"{}")
    return deployment.record(event)


def of(deployment):
    """What a receiver's mails say, without severity and source."""
    return [subject.partition(": ")[2] for subject in deployment.boxes["ops"].mails]


def begins(deployment):
    return [one.partition(":")[0] for one in of(deployment)]


def test_who_was_notified_of_a_problem_is_notified_once_of_its_end():
    deployment = Deployment().record(OF_NIGHT)
    deployment.run()
    deployment.now += 25 * HOUR
    completed(completed(deployment), 24, NEXT).run()
    assert deployment.run() == ([], [])
    assert of(deployment) == [
        "backup failed: no room",
        "recovered: backup failed: after 60 minutes: db-20261122T020000Z",
    ]


def test_the_end_is_one_of_all_that_was_reported_and_sent_again_by_the_next_run():
    deployment = Deployment().record(OF_NIGHT, replace(OF_NIGHT, id="again", time=NOW + HOUR / 2))
    deployment.now += HOUR
    deployment.run()
    deployment.boxes["ops"].refuses = 1
    answers, _ = completed(deployment).run()
    assert [one.sent for one in answers] == [False]
    deployment.run()
    assert begins(deployment) == [
        "backup failed",
        "backup failed",
        "recovered",
    ]


def test_a_problem_and_its_end_that_nobody_was_notified_of_are_told_one_after_the_other():
    deployment = completed(Deployment(now=NOW + HOUR).record(OF_NIGHT))
    deployment.run()
    deployment.run()
    assert begins(deployment) == ["backup failed", "recovered"]


def test_who_was_not_notified_of_a_problem_hears_nothing_of_its_end():
    deployment = Deployment(wanted={"ops": Wanted(severities=[Severity.CRITICAL])}).record(OF_NIGHT)
    deployment.now += HOUR
    deployment.run()
    completed(deployment).run()
    assert of(deployment) == []


def test_an_event_that_nothing_bears_out_ends_nothing():
    deployment = Deployment().record(OF_NIGHT)
    deployment.now += HOUR
    deployment.run()
    deployment.record(replace(COMPLETED, time=NOW + HOUR, backup=f"db-{STAMP}")).run()
    assert of(deployment) == ["backup failed: no room"]


def test_a_backup_of_another_source_or_from_before_ends_nothing():
    deployment = Deployment().record(OF_NIGHT)
    deployment.now += HOUR
    deployment.run()
    completed(deployment, hours=-1)
    other = replace(COMPLETED, id="other", time=NOW + HOUR, source="cache", backup=f"cache-{STAMP}")
    deployment.catalog.put_new(f"manifests/cache/{STAMP}.json", b"{}")
    deployment.record(other).run()
    assert of(deployment) == ["backup failed: no room"]


def test_an_odd_backup_does_not_end_what_is_odd_about_it_and_the_next_one_does():
    odd = replace(OF_NIGHT, id="odd", kind=Kind.BACKUP_SIZE_ANOMALY, severity=Severity.WARNING)
    deployment = completed(Deployment().record(replace(odd, facts={"bytes": 1, "expected_bytes": 2})))
    deployment.now += HOUR
    deployment.run()
    deployment.run()
    assert len(of(deployment)) == 1
    deployment.now += 24 * HOUR
    completed(deployment, 24, NEXT).run()
    assert begins(deployment) == ["unusual backup size", "recovered"]


def test_a_backup_with_warnings_is_told_beside_what_it_ends():
    deployment = Deployment().record(OF_NIGHT)
    deployment.now += HOUR
    deployment.run()
    completed(deployment, facts={"warnings": ["pg_dump is older"]}).run()
    assert begins(deployment)[1:] == [
        "recovered",
        "backup completed with warnings",
    ]
