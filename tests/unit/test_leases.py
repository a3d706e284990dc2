"""Of all who want a lease, one at a time gets it."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import DocumentError
from scims_backup.ports.leases import Holder, Lease
from tests.fakes import MemoryCatalog

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
LIFE = timedelta(minutes=10)


def lease(catalog, token, at=NOW, name="scims-db"):
    return Lease(catalog, keys.vault_marker(name), token, lambda: at, LIFE)


def test_the_first_one_gets_it_and_keeps_it():
    catalog = MemoryCatalog()
    first = lease(catalog, "a")
    assert first.take()
    assert first.take()
    assert not lease(catalog, "b").take()


def test_another_source_of_a_similar_name_does_not_matter():
    catalog = MemoryCatalog()
    assert lease(catalog, "a", name="scims-db-2").take()
    assert lease(catalog, "b", name="scims").take()
    assert lease(catalog, "c").take()


def test_it_is_free_once_released():
    catalog = MemoryCatalog()
    first = lease(catalog, "a")
    first.take()
    first.release()
    assert lease(catalog, "b").take()


def test_one_that_does_not_hold_it_cannot_release_it():
    catalog = MemoryCatalog()
    lease(catalog, "a").take()
    lease(catalog, "b").release()
    assert not lease(catalog, "c").take()


def test_one_left_behind_passes_on_after_ten_minutes_and_not_before():
    catalog = MemoryCatalog()
    lease(catalog, "a").take()
    assert not lease(catalog, "b", NOW + LIFE).take()
    assert lease(catalog, "b", NOW + LIFE + timedelta(seconds=1)).take()


def test_a_run_that_is_repeated_under_its_own_id_takes_over_what_it_left_behind():
    catalog = MemoryCatalog()
    lease(catalog, "a").take()
    again = lease(catalog, "a", NOW + timedelta(minutes=1))
    assert again.take()
    assert again.is_held()
    assert not lease(catalog, "b", NOW + timedelta(minutes=1)).take()


def test_of_two_that_find_it_stale_one_gets_it():
    catalog = MemoryCatalog()
    lease(catalog, "a").take()
    later = NOW + timedelta(hours=1)
    assert [lease(catalog, token, later).take() for token in "bc"] == [True, False]
    much_later = NOW + timedelta(hours=2)
    assert [lease(catalog, token, much_later).take() for token in "de"] == [True, False]


def test_one_overtaken_while_it_looked_does_not_get_it():
    catalog = MemoryCatalog()
    lease(catalog, "a").take()
    later = NOW + timedelta(hours=1)

    class Overtaken(MemoryCatalog):
        objects = catalog.objects

        def __init__(self):
            pass

        def get(self, key):
            found = super().get(key)
            assert lease(catalog, "b", later).take()
            return found

    assert not lease(Overtaken(), "c", later).take()


def test_a_late_release_does_not_free_what_another_took_over():
    catalog = MemoryCatalog()
    first = lease(catalog, "a")
    first.take()
    later = NOW + timedelta(hours=1)
    assert lease(catalog, "b", later).take()
    first.release()
    assert not lease(catalog, "c", later).take()


def test_a_damaged_one_is_named():
    catalog = MemoryCatalog()
    catalog.put_new("vaults/scims-db.json", b"no json")
    with pytest.raises(DocumentError, match=r"vaults/scims-db\.json"):
        lease(catalog, "a").take()


def test_a_lease_is_held_until_it_expires_or_another_takes_it():
    catalog, now = MemoryCatalog(), [NOW]
    one, other = (
        Lease(catalog, "runs/x.json", token, lambda: now[0], timedelta(minutes=1)) for token in ("a", "b")
    )
    assert not one.is_held()
    assert one.take()
    assert one.is_held()
    now[0] += timedelta(minutes=1, seconds=1)
    assert not one.is_held()
    assert other.take()
    assert (one.is_held(), other.is_held()) == (False, True)
    other.release()
    assert (one.is_held(), other.is_held()) == (False, False)


def test_a_lease_that_is_nearly_over_is_not_held_for_long_enough():
    catalog, now = MemoryCatalog(), [NOW]
    held = Lease(catalog, keys.vault_marker("scims-db"), "a", lambda: now[0], LIFE)
    assert held.take()
    now[0] += timedelta(minutes=6)
    assert held.lasts(for_at_least=timedelta(minutes=4))
    assert not held.lasts(for_at_least=timedelta(minutes=4, seconds=1))


def test_a_holder_without_a_time_zone_is_damaged():
    document = (
        b'{"version": 1, "holder": "x", "since": "2026-11-22T02:00:00", "until": "2026-11-22T02:00:00"}'
    )
    with pytest.raises(DocumentError, match="no time zone"):
        Holder.from_bytes(document, "runs/x.json")


@pytest.mark.parametrize(
    ("since", "until", "is_free"),
    [
        (NOW - LIFE, NOW + 99 * LIFE, False),
        (NOW - LIFE - timedelta(seconds=1), NOW + 99 * LIFE, True),
        (NOW + timedelta(minutes=15), NOW + LIFE, False),
        (NOW + timedelta(minutes=16), NOW + 99 * LIFE, True),
        (NOW - 2 * LIFE, NOW - timedelta(seconds=1), True),
    ],
)
def test_a_lease_is_believed_for_no_longer_than_one_may_be_held_and_not_from_the_future(
    since, until, is_free
):
    catalog = MemoryCatalog()
    catalog.put_new(keys.vault_marker("scims-db"), Holder("a-thief", since, until).to_bytes())
    assert (lease(catalog, "b").holder() is None) is is_free
    assert lease(catalog, "b").take() is is_free


def test_a_lease_of_one_that_may_hold_it_longer_is_believed_for_so_long():
    catalog = MemoryCatalog()
    Lease(catalog, "runs/x.json", "a", lambda: NOW, timedelta(hours=1)).take()
    for most, is_free in ((timedelta(hours=1), False), (None, True)):
        later = Lease(catalog, "runs/x.json", "b", lambda: NOW + 2 * LIFE, LIFE, most=most)
        assert (later.holder() is None) is is_free
