"""A prune that would remove much at once: refused and told, and done when that very plan is confirmed."""

import json

import pytest

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import MuchAtOnceError
from scims_backup.domain.events import Event
from scims_backup.domain.retention import Policy
from tests.unit.usecases.pruning import DAILY, NOW, night, ten_nights


@pytest.fixture
def place():
    return ten_nights()


def _digest(place, policy=DAILY):
    return place.pruning().intent(policy, NOW).digest


def _events(place, kind="PruneFailed"):
    return [key for key in place.catalog.objects if key.startswith("events/") and f"-{kind}-" in key]


def test_nothing_is_removed_and_the_plan_is_told(place):
    before = place.state()
    with pytest.raises(MuchAtOnceError, match="6 of 10 backups would be removed at once"):
        place.pruning().run(DAILY, NOW)
    assert place.state() == before
    (key,) = _events(place)
    facts = json.loads(place.catalog.objects[key])["facts"]
    assert facts["error"] == "MuchAtOnceError"
    assert facts["digest"] == _digest(place)
    assert facts["would_remove_in_all"] == len(facts["would_remove"]) == 6
    assert facts["would_remove"][0].startswith(f"{night(9)} ")


def test_the_mail_says_both_ways_to_confirm(place):
    with pytest.raises(MuchAtOnceError):
        place.pruning().run(DAILY, NOW)
    (key,) = _events(place)
    mail = mail_for(Event.from_bytes(place.catalog.objects[key], key))
    assert mail is not None
    assert mail.subject.endswith(
        "prune refused: nothing was removed: 6 of 10 backups would be removed at once"
    )
    words = " ".join(mail.body.split())
    assert f"scims-backup prune --confirm {_digest(place)}" in words
    assert f'{{"action": "prune", "confirm": "{_digest(place)}"}}' in words


def test_the_plan_that_was_shown_is_done_when_it_is_confirmed(place):
    shown = _digest(place)
    place.now = NOW.replace(hour=9)  # a person looks in the morning
    pruned = place.pruning().run(DAILY, place.now, shown)
    assert len(pruned.removed) == 6
    assert place.stored() == set(place.backups())


@pytest.mark.parametrize("policy", [DAILY, Policy(daily=8)])
def test_another_plan_than_was_confirmed_is_refused_with_its_digest_however_little_goes(place, policy):
    shown = _digest(place)
    place.hold(night(9), NOW.replace(year=2027))
    with pytest.raises(MuchAtOnceError, match=f"{_digest(place, policy)}.*{shown} was confirmed"):
        place.pruning().run(policy, NOW, shown)
    assert len(place.backups()) == 10


def test_a_manifest_that_was_put_in_place_of_another_makes_it_another_plan(place):
    shown = _digest(place)
    place.catalog.objects[keys.manifest(night(8))] = place.catalog.objects[keys.manifest(night(7))]
    with pytest.raises(MuchAtOnceError, match="5 of 9 backups"):
        place.pruning().run(DAILY, NOW, shown)
    assert len(place.backups()) == 10


def test_a_confirmed_prune_that_is_delivered_twice_does_nothing_the_second_time(place):
    shown = _digest(place)
    place.pruning().run(DAILY, NOW, shown)
    assert place.pruning().run(DAILY, NOW, shown).removed == []
    assert _events(place) == []


def test_a_removal_that_an_earlier_prune_began_counts(place):
    for days in (9, 8, 7):
        data = place.catalog.objects[keys.manifest(night(days))]
        place.catalog.objects[keys.tombstone(night(days))] = json.dumps(
            {"version": 1, "manifest": data.decode()}
        ).encode()
        place.catalog.delete(keys.manifest(night(days)))
    with pytest.raises(MuchAtOnceError, match="4 of 10 backups"):
        place.pruning().run(Policy(daily=6), NOW)


def test_what_the_policy_removes_night_by_night_needs_nobody(place):
    assert len(place.pruning().run(Policy(daily=7), NOW).removed) == 3
    assert _events(place) == []


def test_the_quota_is_looked_at_all_the_same(place):
    with pytest.raises(MuchAtOnceError):
        place.pruning(quota=1).run(DAILY, NOW)
    assert len(_events(place, "StorageQuotaExceeded")) == 1


def test_what_stays_is_locked_all_the_same_and_what_could_not_be_is_told(place):
    locked: list[BackupId] = []

    class Protection:
        def run(self, keep):
            locked.extend(one.backup for one in keep)
            return ["locks were not extended: no answer"]

    with pytest.raises(MuchAtOnceError):
        place.pruning(protection=Protection()).run(DAILY, NOW)
    assert set(locked) == {night(0), night(1), night(2), night(3)}
    (key,) = _events(place)
    assert json.loads(place.catalog.objects[key])["facts"]["problems"] == [
        "locks were not extended: no answer"
    ]
