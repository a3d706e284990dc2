"""A whole repository is locked each week; what was refused is told with the facts that a prune has."""

import json
from datetime import timedelta

import pytest

from scims_backup.domain.events import MOST_FINDINGS
from scims_backup.domain.retention import Policy
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.retention.protect_repository import ProtectRepository
from tests.fakes import RecordedProgress
from tests.unit.usecases.pruning import NOW, ten_nights


class Protection:
    def __init__(self, *problems):
        self.problems, self.kept = problems, []

    def run(self, keep):
        self.kept += keep
        return list(self.problems)


@pytest.fixture
def place():
    return ten_nights()


def told(place, protection):
    """Protect; return what it returned, and the facts of the events."""
    log = EventLog("scims-db", place.catalog, lambda: NOW, lambda: "7f3a", RecordedProgress())
    plan = place.pruning().intent(Policy(daily=7), NOW).plan
    problems = ProtectRepository(protection, log).run(plan)
    events = [json.loads(place.catalog.objects[key]) for key in place.catalog.keys("events/")]
    assert {event["kind"] for event in events} <= {"PruneFailed"}
    return problems, [event["facts"] for event in events]


def test_what_was_refused_is_told_with_the_facts_of_a_prune(place):
    problems, (facts,) = told(place, Protection("no right"))
    assert problems == ["no right"]
    assert facts == {
        "removed": [],
        "removed_in_all": 0,
        "kept": 7,
        "refused": [],
        "refused_in_all": 0,
        "problems": ["no right"],
        "leftovers": 0,
    }


def test_these_are_the_facts_of_a_prune_that_failed(place):
    _, (facts,) = told(place, Protection("no right"))
    place.now += timedelta(seconds=1)
    place.pruning(protection=Protection("no right")).run(Policy(daily=7), NOW)
    *_, last = sorted(place.catalog.keys("events/"))
    assert json.loads(place.catalog.objects[last])["facts"].keys() == facts.keys()


def test_an_event_has_room_for_so_many_and_the_answer_for_all(place):
    problems, (facts,) = told(place, Protection(*map(str, range(MOST_FINDINGS + 9))))
    assert (len(problems), len(facts["problems"])) == (MOST_FINDINGS + 9, MOST_FINDINGS)


def test_where_nothing_is_refused_nothing_is_told_and_what_the_plan_keeps_was_locked(place):
    protection = Protection()
    assert told(place, protection) == ([], [])
    assert len(protection.kept) == 7
