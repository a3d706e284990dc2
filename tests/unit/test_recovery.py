"""What a key's versions say about how it comes back, and which keys do."""

from datetime import timedelta

import pytest

from scims_backup.domain.recovery import Act, Rule, State, digest_of, histories
from scims_backup.domain.recovery_scope import (
    rule_in_archives,
    rule_in_catalog,
    rule_in_repository,
    sources_beside,
)
from tests.support.versions import MOMENT, history

UNCHANGED = None
HISTORIES = {
    "there as it was": ("put-9=a", UNCHANGED),
    "overwritten before": ("put-9=a put-5=b", UNCHANGED),
    "removed before": ("put-9=a removed-5", UNCHANGED),
    "removed and made anew before": ("put-9=a removed-7 put-5=b", UNCHANGED),
    "removed since": ("put-9=a removed+5", (Act.BRING_BACK, "1", ("2",))),
    "removed twice since": ("put-9=a removed+5 removed+6", (Act.BRING_BACK, "1", ("3", "2"))),
    "removed since, after an older removal": (
        "put-9=a removed-8 put-7=b removed+5",
        (Act.BRING_BACK, "3", ("4",)),
    ),
    "overwritten since": ("put-9=a put+5=garbage", (Act.PUT_BACK, "1", ())),
    "overwritten since, by as many bytes": ("put-9=a put+5=b", (Act.PUT_BACK, "1", ())),
    "overwritten since, by the same content": ("put-9=a put+5=a", UNCHANGED),
    "overwritten since, then put back": ("put-9=a put+5=b put+9=a", UNCHANGED),
    "removed and made anew since": ("put-9=a removed+5 put+6=b", (Act.PUT_BACK, "1", ())),
    "overwritten and removed since": ("put-9=a put+5=b removed+6", (Act.BRING_BACK, "1", ())),
    "removed, made anew and removed since": (
        "put-9=a removed+5 put+6=b removed+7",
        (Act.BRING_BACK, "1", ()),
    ),
    "made since": ("put+5=a", (Act.PUT_ASIDE, None, ())),
    "made since where something was removed before": (
        "put-9=a removed-5 put+5=b",
        (Act.PUT_ASIDE, None, ()),
    ),
    "made and removed since": ("put+5=a removed+6", UNCHANGED),
    "made within the very second": ("put+0.9=a", UNCHANGED),
    "removed within the very second": ("put-9=a removed+0.9", UNCHANGED),
    "made a second later": ("put+1=a", (Act.PUT_ASIDE, None, ())),
    "made and removed within one second before": ("put-5=a removed-5", UNCHANGED),
    "made and removed within one second before, and written since": (
        "put-5=a removed-5 put+5=b",
        (Act.PUT_BACK, "1", ()),
    ),
    "written twice within one second before, and removed since": (
        "put-5=a put-5=b removed+5",
        (Act.BRING_BACK, "2", ("3",)),
    ),
}


def _step(words):
    step = history(words).step(MOMENT, Rule.AS_IT_WAS)
    assert step is not None
    return step


@pytest.mark.parametrize(("words", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_a_key_comes_back_to_what_it_was(words, expected):
    step = history(words).step(MOMENT, Rule.AS_IT_WAS)
    found = step and (step.act, step.then and step.then.id, step.markers)
    assert found == expected


@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("put+5=a", None),
        ("put-9=a removed+5", Act.BRING_BACK),
        ("put-9=a put+5=b", Act.PUT_BACK),
        ("put-9=a removed-5 put+5=b", None),
    ],
)
def test_where_nothing_is_hidden_only_what_was_there_comes_back(words, act):
    step = history(words).step(MOMENT, Rule.NOTHING_HIDDEN)
    assert (step and step.act) == act


@pytest.mark.parametrize(
    ("words", "act"), [("put-9=a", Act.PUT_ASIDE), ("put+5=a", Act.PUT_ASIDE), ("put-9=a removed+5", None)]
)
def test_where_nothing_stays_nothing_comes_back(words, act):
    step = history(words).step(MOMENT, Rule.EMPTIED)
    assert (step and step.act) == act


def test_a_store_without_etags_is_not_believed_that_contents_are_the_same():
    assert _step("put-9= put+5=").act is Act.PUT_BACK


def test_only_copies_count_as_bytes_to_copy():
    copied = _step("put-9=four put+5=b")
    uncovered = _step("put-9=four removed+5")
    hidden = _step("put+5=four")
    assert (copied.bytes, uncovered.bytes, hidden.bytes) == (4, 0, 0)


def test_versions_are_grouped_by_key_however_a_store_lists_them():
    a, b = history("put-9=a put+5=b", "a").versions, history("put-9=a", "b").versions
    found = histories([a[0], b[0], a[1]])
    assert [(one.key, len(one.versions)) for one in found] == [("a", 2), ("b", 1)]


CATALOG = {
    "manifests/scims-db/20261122T020000Z.json": Rule.AS_IT_WAS,
    "proofs/scims-db/20261122T020000Z~2.json.zst": Rule.AS_IT_WAS,
    "runs/scims-db/20261122T020000Z/claim.json": Rule.AS_IT_WAS,
    "runs/scims-db/prune~2.json": Rule.AS_IT_WAS,
    "tombstones/scims-db/20261122T020000Z.json": Rule.AS_IT_WAS,
    "drills/scims-db/since.json": Rule.AS_IT_WAS,
    "summaries/scims-db/0123456789abcdef.json": Rule.AS_IT_WAS,
    "vaults/scims-db.json": Rule.AS_IT_WAS,
    "vaults/scims-db~2.json": Rule.AS_IT_WAS,
    "vaults/scims-db~escrow-0123456789abcdef.json": Rule.AS_IT_WAS,
    "vaults/location-0123456789abcdef/scims-db.json": Rule.AS_IT_WAS,
    "what-comes-some-day/scims-db/x.json": Rule.AS_IT_WAS,
    "holds/scims-db/20261122T020000Z/operator-until-20991231T235959Z.json": Rule.NOTHING_HIDDEN,
    "events/2026/11/22/20261122T020000Z-BackupCompleted-1.json": Rule.NOTHING_HIDDEN,
    "alerted/2026/11/22/20261122T020000Z-BackupFailed-1/sent.json": Rule.NOTHING_HIDDEN,
    "notified/2026/11/22/20261122T020000Z-BackupFailed-1/ops/sent.json": Rule.NOTHING_HIDDEN,
    "conditions/scims-db/no-new-backup/0001/opened.json": Rule.NOTHING_HIDDEN,
    "conditions/other/no-new-backup/0001/opened.json": None,
    "manifests/scims-db2/20261122T020000Z.json": None,
    "manifests/other/scims-db/20261122T020000Z.json": None,
    "vaults/scims-db2.json": None,
    "vaults/scims-db.json.json": None,
    "vaults/location-0123456789abcdef/other.json": None,
    "scims-db": None,
}


@pytest.mark.parametrize(("key", "rule"), CATALOG.items())
def test_only_the_sources_own_keys_come_back_in_the_catalog(key, rule):
    assert rule_in_catalog(key, {"scims-db"}) == rule


VAULTS = {
    "archives/scims-db/20261122T020000Z-0123456789abcdef.dump.zst": Rule.AS_IT_WAS,
    "archives/scims-db2/20261122T020000Z-0123456789abcdef.dump.zst": None,
    "vault.json": Rule.NOTHING_HIDDEN,
    "else": None,
}
REPOSITORY = {
    "config": Rule.AS_IT_WAS,
    "data/4b/4b": Rule.AS_IT_WAS,
    "index/4b": Rule.AS_IT_WAS,
    "keys/4b": Rule.AS_IT_WAS,
    "snapshots/4b": Rule.AS_IT_WAS,
    "locks/4b": Rule.EMPTIED,
    "catalog/manifests/scims-db/20261122T020000Z.json": None,
}


@pytest.mark.parametrize(("name", "rule"), VAULTS.items())
def test_only_the_sources_own_archives_come_back(name, rule):
    assert rule_in_archives(name, "scims-db") == rule


@pytest.mark.parametrize(("name", "rule"), REPOSITORY.items())
def test_all_of_a_repository_but_its_locks_comes_back(name, rule):
    assert rule_in_repository(name) == rule


def test_sources_that_shared_a_place_come_back_together():
    keys = [
        *("vaults/location-a/one.json", "vaults/location-a/two.json", "vaults/location-b/three.json"),
        *("vaults/location-c/three.json", "vaults/location-c/four.json", "vaults/one.json"),
    ]
    assert sources_beside("one", keys) == {"one", "two"}
    assert sources_beside("alone", keys) == {"alone"}


def test_the_digest_is_the_same_however_much_is_done_and_another_for_another_state():
    words = ["put-9=a", "put-9=a removed+5", "put-9=a removed+5 removed+6"]
    digests = {digest_of({"vault": [State("k", history(one).at(MOMENT, Rule.AS_IT_WAS))]}) for one in words}
    assert len(digests) == 1
    earlier = history(words[0]).at(MOMENT - timedelta(hours=1), Rule.AS_IT_WAS)
    assert digest_of({"vault": [State("k", earlier)]}) not in digests
