"""How databases are called around a restore: every name fits, and is recognised as what it is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.domain.backup import BackupId
from scims_backup.engines.postgresql.rules.database_names import (
    being_restored,
    fits,
    has_meaning,
    left_by_restores,
    newest_put_aside,
    put_aside,
    restored,
    taken_back,
)

BACKUP = BackupId("scims-db", "20261122T020000Z")
MOMENT = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(fits)


def _all(live):
    return [
        being_restored(live, "0123abcd"),
        restored(live, BACKUP),
        put_aside(live, MOMENT),
        taken_back(live, MOMENT),
    ]


def test_names_are_made_of_the_live_one_and_a_date():
    assert _all("scims") == [
        "scims_restoring_0123abcd",
        "scims_restored_20261122t020000z",
        "scims_before_20261124t031500z",
        "scims_undone_20261124t031500z",
    ]


@given(names)
def test_every_name_fits_and_is_recognised_and_no_other_is(live):
    at_work, whole, aside, undone = _all(live)
    assert all(fits(name) for name in (at_work, whole, aside, undone))
    assert left_by_restores([live, at_work, whole, aside, undone], live) == [at_work]
    assert newest_put_aside([live, at_work, whole, aside, undone], live) == aside
    assert [has_meaning(name, live) for name in (at_work, aside, whole, undone)] == [True, True, False, False]


@given(names, names)
def test_what_is_of_one_database_is_of_no_other(live, other):
    mine = _all(live)
    if live != other:
        assert (left_by_restores(mine, other), newest_put_aside(mine, other)) == ([], None)


@pytest.mark.parametrize("live", ["x" * 63, "ü" * 31 + "x", "x" + "ü" * 31])
def test_a_long_name_is_cut_between_its_characters_and_told_from_its_like(live):
    name = put_aside(live, MOMENT)
    assert 61 <= len(name.encode()) <= 63
    assert live.startswith(name.removesuffix("_before_20261124t031500z")[:-9])
    alike = live[:-1] + "y"
    assert put_aside(alike, MOMENT) != name
    assert newest_put_aside([name], alike) is None


def test_a_name_that_just_fits_is_not_cut():
    assert put_aside("x" * 39, MOMENT).startswith("x" * 39 + "_before_")


def test_what_only_looks_alike_is_nobody_s():
    others = [
        "scims_restoring_0123ABCD",
        "scims_restoring_0123abc",
        "scims_restoring_0123abcd ",
        "scims_restoring_0123abcd\n",
        "Scims_restoring_0123abcd",
        "xscims_restoring_0123abcd",
        "scims_x_restoring_0123abcd",
        "scims_restoring_٠١٢٣٤٥٦٧",
    ]
    assert left_by_restores(others, "scims") == []


def test_the_newest_that_was_put_aside_comes_back():
    moments = ["20261124t031500z", "20271124t031500z", "20261231t235959z"]
    names = [f"scims_before_{moment}" for moment in moments]
    assert newest_put_aside([*names, "scims_before_x", "other_before_20281124t031500z"], "scims") == names[1]
    assert newest_put_aside([], "scims") is None


@pytest.mark.parametrize(
    ("name", "does"), [("", False), ("x" * 63, True), ("x" * 64, False), ("ü" * 32, False)]
)
def test_a_name_has_at_most_63_bytes(name, does):
    assert fits(name) is does
