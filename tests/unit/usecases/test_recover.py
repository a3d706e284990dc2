"""Bringing back vault and catalog: what is shown, what is done, in which order, and again."""

from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError, RecoveryError, UsageError
from scims_backup.domain.recovery import Act
from scims_backup.domain.recovery_scope import rule_in_repository
from scims_backup.usecases.stored.recover import Recover
from tests.fakes import RecordedProgress
from tests.support.versions import MOMENT, MemoryPlace

THEN, SINCE = MOMENT - timedelta(days=1), MOMENT + timedelta(minutes=1)
BACKUP, NEW = BackupId("scims-db", "20261121T020000Z"), BackupId("scims-db", "20261122T030000Z")
OTHERS = BackupId("other", "20261121T020000Z")


class Wreck:
    """A catalog and a vault with a backup from then, and what a thief made of them since."""

    def __init__(self):
        self.catalog, self.vault = MemoryPlace(), MemoryPlace()
        for key in (keys.manifest(BACKUP), keys.proof(BACKUP), "alerted/2026/11/21/x/sent.json", self.event):
            self.catalog.put(key, b"of then", THEN)
        for name in ("config", "data/4b/4b", "snapshots/4b"):
            self.vault.put(name, b"of then", THEN)
        self.recover = Recover(
            "scims-db",
            self.catalog,
            self.vault,
            rule_in_repository,
            shares_vault=True,
            clock=lambda: MOMENT + timedelta(hours=1),
            progress=RecordedProgress(),
        )

    event = "events/2026/11/21/20261121T020000Z-BackupCompleted-1.json"

    def state(self):
        return self.catalog.current(), self.vault.current()

    def wreck(self):
        for place in (self.catalog, self.vault):
            for key in list(place.contents):
                place.put(key, None, SINCE)
        self.vault.put("config", b"garbage", SINCE)
        self.vault.put("keys/thief", b"a key of his", SINCE)
        self.vault.put("locks/thief", b"a lock of his", SINCE)
        self.catalog.put(keys.manifest(NEW), b"forged", SINCE)
        self.catalog.put(keys.tombstone(BACKUP), b"forged", SINCE)


@pytest.fixture
def wreck():
    return Wreck()


def run(wreck):
    plan = wreck.recover.plan(MOMENT)
    wreck.recover.run(plan, plan.digest)
    return plan


def test_all_is_as_it_was_and_another_run_finds_nothing_to_do(wreck):
    before = wreck.state()
    wreck.wreck()
    plan = run(wreck)
    assert wreck.state() == before
    assert not plan.is_done
    again = run(wreck)
    assert again.is_done
    assert again.digest == plan.digest


def test_the_plan_counts_and_names_and_changes_nothing(wreck):
    wreck.wreck()
    before = wreck.state()
    plan = wreck.recover.plan(MOMENT)
    assert {act: plan.vault.count(act) for act in Act} == {
        Act.BRING_BACK: 2,
        Act.PUT_BACK: 1,
        Act.PUT_ASIDE: 2,
    }
    assert plan.backups == [(BACKUP, Act.BRING_BACK)]
    assert plan.hidden == [NEW]
    assert wreck.state() == before


def test_keys_that_nobody_touched_are_counted_as_they_were(wreck):
    plan = wreck.recover.plan(MOMENT)
    assert (plan.vault.unchanged, plan.catalog.unchanged, plan.backups) == (3, 4, [(BACKUP, None)])
    assert plan.is_done


def test_what_was_made_since_goes_first_and_manifests_come_last(wreck):
    wreck.wreck()
    done: list[str] = []
    wreck.catalog.done = wreck.vault.done = done
    run(wreck)
    places = [done.index(key) for key in (keys.tombstone(BACKUP), "config", keys.proof(BACKUP))]
    assert places == sorted(places)
    assert done.index("alerted/2026/11/21/x/sent.json") < done.index(wreck.event)
    assert done[-1] == keys.manifest(BACKUP)


@pytest.mark.parametrize("key", ["config", keys.proof(BACKUP), keys.tombstone(BACKUP), keys.manifest(BACKUP)])
def test_a_refusal_ends_it_before_manifests_come_and_the_same_digest_goes_on(wreck, key):
    before = wreck.state()
    wreck.wreck()
    plan = wreck.recover.plan(MOMENT)
    wreck.catalog.refuses = wreck.vault.refuses = key
    with pytest.raises(RecoveryError):
        wreck.recover.run(plan, plan.digest)
    assert keys.manifest(BACKUP) not in wreck.catalog.current()
    wreck.catalog.refuses = wreck.vault.refuses = ""
    wreck.recover.run(wreck.recover.plan(MOMENT), plan.digest)
    assert wreck.state() == before


def test_another_digest_than_that_of_the_plan_does_nothing(wreck):
    wreck.wreck()
    before, shown = wreck.state(), wreck.recover.plan(MOMENT).digest
    with pytest.raises(UsageError, match=shown):
        wreck.recover.run(wreck.recover.plan(MOMENT), "0" * 16)
    assert wreck.state() == before


def test_who_is_still_in_and_makes_another_key_is_noticed(wreck):
    wreck.wreck()
    shown = wreck.recover.plan(MOMENT).digest
    wreck.vault.put("snapshots/another", b"forged", SINCE)
    with pytest.raises(UsageError, match="show the plan again"):
        wreck.recover.run(wreck.recover.plan(MOMENT), shown)


def test_events_that_come_meanwhile_do_not_change_the_digest(wreck):
    shown = wreck.recover.plan(MOMENT).digest
    wreck.catalog.put("events/2026/11/22/20261122T030000Z-BackupOverdue-2.json", b"news", SINCE)
    assert wreck.recover.plan(MOMENT).digest == shown


def test_a_copy_with_another_etag_is_known_by_its_bytes(wreck):
    wreck.vault.put("config", b"garbage", SINCE)
    wreck.vault.put("config", b"of then", SINCE)
    assert wreck.recover.plan(MOMENT).is_done


def test_other_sources_are_left_alone_but_those_in_the_same_repository(wreck):
    for source in ("scims-db", "other"):
        wreck.catalog.put(f"vaults/location-a/{source}.json", b"registered", THEN)
    for backup in (OTHERS, BackupId("third", "20261121T020000Z")):
        wreck.catalog.put(keys.manifest(backup), b"of then", THEN)
        wreck.catalog.put(keys.manifest(backup), None, SINCE)
    plan = run(wreck)
    assert plan.sources == ["other", "scims-db"]
    assert keys.manifest(OTHERS) in wreck.catalog.current()
    assert "manifests/third/20261121T020000Z.json" not in wreck.catalog.current()


@pytest.mark.parametrize("place", ["catalog", "vault"])
def test_a_bucket_without_versions_is_refused_before_anything_is_read(wreck, place):
    getattr(wreck, place).keeps_versions = False
    with pytest.raises(RecoveryError):
        wreck.recover.plan(MOMENT)


def test_a_moment_before_the_first_backup_would_hide_all_and_is_refused(wreck):
    with pytest.raises(NothingToWorkOnError, match=r"no backup of scims-db at 2026-11-20"):
        wreck.recover.plan(THEN - timedelta(days=1))


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=1)])
def test_a_moment_that_is_not_over_is_refused(wreck, later):
    with pytest.raises(UsageError, match="is in the future"):
        wreck.recover.plan(MOMENT + later)
