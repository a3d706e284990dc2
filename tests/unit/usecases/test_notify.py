"""Notifying receivers: each once of what it wants, whatever fails, dies, or is sent at once."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest

from scims_backup.domain import keys
from scims_backup.domain.alert import Wanted, trial_mail
from scims_backup.domain.errors import CatalogError
from scims_backup.domain.events import Kind, Severity
from scims_backup.ports.leases import Lease
from scims_backup.usecases.alerts.notify import LONGEST_RUN, PATIENCE
from scims_backup.usecases.reports.examine_receivers import ExamineReceivers
from tests.mortal import DeadError, Life, dying_at
from tests.support.notified import COMPLETED, CONDEMNED, FAILED, NOW, WARNED, Deployment, Letterbox, key


def kinds(box):
    return [subject.split(": ")[1] for subject in box.mails]


@pytest.mark.parametrize(
    ("event", "mails"),
    [
        (FAILED, ["backup failed"]),
        (CONDEMNED, ["drill failed"]),
        (COMPLETED, []),
        (WARNED, ["backup completed with warnings"]),
    ],
)
def test_what_calls_for_a_mail_is_sent_once(event, mails):
    deployment = Deployment().record(event)
    deployment.run()
    assert deployment.run() == ([], [])
    assert [kind.lower() for kind in kinds(deployment.boxes["ops"])] == mails


@pytest.mark.parametrize(
    ("age", "sent"),
    [(timedelta(), 1), (timedelta(days=3), 1), (timedelta(days=4), 0), (timedelta(days=30), 0)],
)
def test_it_looks_back_four_days(age, sent):
    deployment = Deployment().record(replace(FAILED, time=NOW - age))
    deployment.run()
    assert len(deployment.boxes["ops"].mails) == sent


def test_the_oldest_comes_first():
    yesterday = replace(CONDEMNED, time=NOW - timedelta(days=1))
    deployment = Deployment().record(FAILED, yesterday)
    deployment.run()
    assert kinds(deployment.boxes["ops"]) == ["drill failed", "backup failed"]


def test_each_receiver_gets_what_it_wants():
    wanted = {"ops": Wanted(severities=[Severity.CRITICAL]), "db": Wanted(sources=["db"])}
    deployment = Deployment(boxes={"ops": Letterbox(), "db": Letterbox(), "all": Letterbox()}, wanted=wanted)
    deployment.record(FAILED, CONDEMNED).run()
    assert {name: kinds(box) for name, box in deployment.boxes.items()} == {
        "ops": ["drill failed"],
        "db": ["backup failed"],
        "all": ["backup failed", "drill failed"],
    }


def test_a_receiver_that_is_down_keeps_no_other_waiting_and_gets_its_mails_from_the_next_run():
    deployment = Deployment(boxes={"down": Letterbox(refuses=1), "up": Letterbox()}).record(FAILED, CONDEMNED)
    answers, problems = deployment.run()
    assert [(one.receiver, one.sent) for one in answers] == [("down", False), ("up", True), ("up", True)]
    assert problems == [f"receiver down was not notified of {key(FAILED)}: it is down (wait)"]
    deployment.run()
    assert [len(box.mails) for box in deployment.boxes.values()] == [2, 2]


def test_a_receiver_that_is_added_later_gets_what_the_others_got():
    deployment = Deployment().record(FAILED)
    deployment.run()
    deployment.boxes["late"] = Letterbox()
    deployment.run()
    assert [len(box.mails) for box in deployment.boxes.values()] == [1, 1]


def test_what_another_run_is_sending_is_left_to_it():
    deployment = Deployment().record(FAILED)
    lease = Lease(deployment.catalog, keys.notice_lease(key(FAILED), "ops"), "x", lambda: NOW, LONGEST_RUN)
    assert lease.take()
    assert deployment.run() == ([], [])
    deployment.now += LONGEST_RUN + timedelta(seconds=1)  # that run died
    assert [one.sent for one in deployment.run()[0]] == [True]


def test_a_run_that_takes_too_long_leaves_the_rest_to_the_next():
    deployment = Deployment().record(FAILED, CONDEMNED)

    def dawdle():
        deployment.now += PATIENCE + timedelta(seconds=1)

    deployment.boxes["ops"].before = dawdle
    answers, problems = deployment.run()
    assert (len(answers), problems) == (1, ["notifications take too long: the next run sends the rest"])
    deployment.boxes["ops"].before = None
    assert len(deployment.run()[0]) == 1


def _moments():
    life = Life()
    Deployment().record(FAILED).dying(life).run()
    return life.moments


MOMENTS = _moments()
SENT, RECORDED = (
    next(number for number, name in enumerate(MOMENTS) if name.startswith(start))
    for start in ("after send", "after put_new notified/2026/11/22/20261122T040211Z-BackupFailed-a/ops/sent")
)


@pytest.mark.parametrize("moment", range(len(MOMENTS)), ids=lambda moment: f"{moment} {MOMENTS[moment][:14]}")
def test_a_mail_is_sent_whenever_a_run_dies_and_twice_only_if_it_dies_before_it_could_record(moment):
    deployment = Deployment().record(FAILED)
    with pytest.raises(DeadError):
        deployment.dying(Life(dying_at(moment))).run()
    deployment.now += LONGEST_RUN + timedelta(seconds=1)
    deployment.run()
    assert len(deployment.boxes["ops"].mails) == (2 if SENT <= moment < RECORDED else 1)
    assert deployment.run() == ([], [])


def test_an_event_that_cannot_be_read_is_a_problem_and_keeps_no_other_waiting():
    deployment = Deployment().record(FAILED)
    damaged = keys.event(NOW - timedelta(days=1), Kind.DRILL_FAILED, "x")
    deployment.catalog.put_new(damaged, b"{")
    answers, (problem,) = deployment.run()
    assert [one.sent for one in answers] == [True]
    assert problem.startswith(f"nobody can be notified of {damaged}: ")


def test_an_event_that_needs_no_mail_is_read_once():
    deployment = Deployment().record(COMPLETED)
    deployment.run()
    assert keys.needs_no_notice(key(COMPLETED)) in deployment.catalog.keys("notified/")
    del deployment.catalog.objects[key(COMPLETED)]
    deployment.catalog.put_new(key(COMPLETED), b"not read again")
    assert deployment.run() == ([], [])


def test_an_unrecorded_event_goes_to_those_who_want_it_without_the_catalog():
    wanted = {"ops": Wanted(sources=["cache"])}
    deployment = Deployment(boxes={"ops": Letterbox(), "all": Letterbox()}, wanted=wanted)
    notify = deployment.notify()
    assert [one.receiver for one in notify.send_unrecorded(FAILED)] == ["all"]
    assert list(deployment.catalog.keys("")) == []


def test_a_test_goes_to_all_and_says_who_did_not_take_it():
    deployment = Deployment(boxes={"down": Letterbox(refuses=1), "up": Letterbox()})
    notify = deployment.notify()
    answers = notify.send_to_all(trial_mail(["db"]))
    assert [(one.receiver, one.sent, one.answer) for one in answers] == [
        ("down", False, "it is down"),
        ("up", True, "Letterbox"),
    ]
    assert notify.problems == ["receiver down was not notified: it is down (wait)"]


def test_a_catalog_that_does_not_answer_is_an_error(monkeypatch):
    deployment = Deployment()
    monkeypatch.setattr(deployment.catalog, "keys", Mock(side_effect=CatalogError("gone")))
    with pytest.raises(CatalogError):
        deployment.run()


def test_doctor_counts_what_was_not_sent_and_changes_nothing():
    deployment = Deployment(boxes={"ops": Letterbox(), "all": Letterbox()}).record(
        FAILED, CONDEMNED, COMPLETED
    )
    deployment.wanted["ops"] = Wanted(sources=["db"])
    before = dict(deployment.catalog.objects)
    looking = ExamineReceivers(lambda: deployment.catalog, deployment.recipients, lambda: NOW)
    assert [(seen.what, seen.message) for seen in looking.look()] == [
        ("ops", "1 event of the last days not sent"),
        ("all", "2 events of the last days not sent"),
    ]
    assert deployment.catalog.objects == before
