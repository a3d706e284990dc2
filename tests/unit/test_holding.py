"""Holds: a backup that is held is held, however the moment was written, and however often."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import NothingToWorkOnError, UsageError
from scims_backup.domain.holds import UNREADABLE, Hold
from scims_backup.usecases.stored.holds import (
    holds_on,
    refuse_other,
    release_holds,
    set_hold,
    still_holding,
)
from tests.fakes import MemoryCatalog, a_manifest, put_backup

UNTIL = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
BACKUP = a_manifest().backup


@pytest.fixture
def catalog():
    catalog = MemoryCatalog()
    put_backup(catalog, a_manifest())
    return catalog


def test_a_hold_until_a_fraction_of_a_second_holds(catalog):
    set_hold(catalog, BACKUP, Hold("operator", UNTIL + timedelta(microseconds=1)))
    assert holds_on(catalog, BACKUP) == [Hold("operator", UNTIL + timedelta(seconds=1))]


def test_a_hold_takes_the_place_of_the_holder_s_earlier_ones_alone(catalog):
    set_hold(catalog, BACKUP, Hold("operator", UNTIL))
    set_hold(catalog, BACKUP, Hold("drill-1", UNTIL))
    set_hold(catalog, BACKUP, Hold("operator", UNTIL + timedelta(days=1)))
    assert {(hold.holder, hold.until) for hold in holds_on(catalog, BACKUP)} == {
        ("operator", UNTIL + timedelta(days=1)),
        ("drill-1", UNTIL),
    }


def test_holding_again_until_the_same_moment_holds(catalog):
    for _ in range(2):
        set_hold(catalog, BACKUP, Hold("operator", UNTIL))
    assert holds_on(catalog, BACKUP) == [Hold("operator", UNTIL)]


def test_holding_again_what_is_being_removed_keeps_the_hold_that_was_there(catalog):
    set_hold(catalog, BACKUP, Hold("operator", UNTIL))
    catalog.put_new(keys.tombstone(BACKUP), b"{}")
    with pytest.raises(NothingToWorkOnError, match="is being removed"):
        set_hold(catalog, BACKUP, Hold("operator", UNTIL))
    assert holds_on(catalog, BACKUP) == [Hold("operator", UNTIL)]


def test_what_is_not_there_is_not_held(catalog):
    other = a_manifest("20261121T020000Z").backup
    with pytest.raises(NothingToWorkOnError, match="there is no backup"):
        set_hold(catalog, other, Hold("operator", UNTIL))
    assert not list(catalog.keys("holds/"))


def test_releasing_gives_back_one_holder_s(catalog):
    set_hold(catalog, BACKUP, Hold("operator", UNTIL))
    set_hold(catalog, BACKUP, Hold("drill-1", UNTIL))
    assert release_holds(catalog, BACKUP, "operator") == [Hold("operator", UNTIL)]
    assert release_holds(catalog, BACKUP, "operator") == []
    assert [hold.holder for hold in holds_on(catalog, BACKUP)] == ["drill-1"]


def test_a_hold_counts_to_its_last_second():
    hold = Hold("operator", UNTIL)
    assert still_holding([hold], UNTIL) == [hold]
    assert still_holding([hold], UNTIL + timedelta(microseconds=1)) == []


@pytest.mark.parametrize(
    "name", ["operator", "operator-until-20261331T000000Z", "", "A-until-20261231T000000Z"]
)
def test_what_is_not_understood_among_the_holds_holds_for_ever(catalog, name):
    catalog.put_new(f"{keys.holds_of(BACKUP)}{name or 'x'}.json", b"{}")
    assert holds_on(catalog, BACKUP) == [UNREADABLE]


@pytest.mark.parametrize("holder", ["", "Operator", "a/b", "-a", "a" * 64])
def test_a_holder_s_name_can_be_part_of_a_key(holder):
    with pytest.raises(UsageError, match="is not a valid holder name"):
        Hold(holder, UNTIL)


def test_a_hold_tells_itself():
    assert Hold.named(Hold("operator", UNTIL).name) == Hold("operator", UNTIL)
    assert b"operator" in Hold("operator", UNTIL).to_bytes()


OTHER = a_manifest("20261123T020000Z").backup


@pytest.mark.parametrize(
    ("held", "refused"), [([], False), ([BACKUP], False), ([OTHER], True), ([BACKUP, OTHER], True)]
)
def test_a_selector_releases_nothing_where_another_backup_is_held(held, refused):
    if not refused:
        refuse_other("newest-proven", BACKUP, held)
        return
    with pytest.raises(
        UsageError, match=f"newest-proven is now {BACKUP}, but the operator holds .*{OTHER}"
    ) as told:
        refuse_other("newest-proven", BACKUP, held)
    assert "scims-backup unhold scims-db-2026" in told.value.cure
