"""Odd sizes and rows: what alarms, what does not, and where the line is."""

from dataclasses import replace

import pytest

from scims_backup.domain.anomaly import OddSize, OddTable, odd_size
from scims_backup.engines.postgresql.rules.odd_rows import odd_rows
from scims_backup.engines.postgresql.rules.proof import Rows
from tests.faults import a_proof

MIB = 1 << 20
WEEK = [100 * MIB] * 7


def proof(schema=None, **tables):
    counted = {f"public.{name}": Rows(rows, None) for name, rows in tables.items()}
    known = {"table": {name: {} for name in counted}, **(schema or {})}
    return replace(a_proof(), tables=counted, schema=known)


@pytest.mark.parametrize(
    ("newest", "odd"),
    [
        (100 * MIB, False),
        (50 * MIB, False),
        (50 * MIB - 1, True),
        (0, True),
        (200 * MIB, False),
        (200 * MIB + 1, True),
    ],
)
def test_an_archive_smaller_than_half_or_greater_than_double_is_odd(newest, odd):
    assert odd_size(WEEK, newest) == (OddSize(100 * MIB, newest, 7) if odd else None)


def test_an_archive_is_held_against_the_median_so_that_one_odd_night_does_not_count():
    assert odd_size([1, 100 * MIB, 100 * MIB, 900 * MIB, 110 * MIB], 120 * MIB) is None
    assert odd_size([100 * MIB, 100 * MIB, 40 * MIB, 40 * MIB, 40 * MIB], 40 * MIB) is None


@pytest.mark.parametrize(("earlier", "odd"), [(0, False), (1, False), (2, False), (3, True)])
def test_nothing_is_odd_beside_fewer_than_three(earlier, odd):
    assert (odd_size([100 * MIB] * earlier, 1) is not None) == odd


@pytest.mark.parametrize(("newest", "odd"), [(MIB + 1000, True), (MIB + 999, False), (0, False)])
def test_a_tiny_archive_may_change_by_less_than_a_mebibyte(newest, odd):
    assert (odd_size([1000] * 7, newest) is not None) == odd


@pytest.mark.parametrize(
    ("before", "now", "odd"),
    [(1000, 499, True), (1000, 500, False), (1000, 0, True), (999, 0, False), (1000, 9000, False)],
)
def test_a_table_that_had_a_thousand_rows_and_lost_more_than_half_is_odd(before, now, odd):
    tables = odd_rows(proof(items=before, other=100_000), proof(items=now, other=100_000)).tables
    assert tables == ((OddTable("public.items", before, now),) if odd else ())


def test_a_large_table_that_is_gone_is_odd():
    assert odd_rows(proof(items=2000, other=9000), proof(other=9000)).tables == (
        OddTable("public.items", 2000, None),
    )


def test_a_partition_that_is_gone_is_not_odd():
    bound = {"table": {"public.jan": {"partition_bound": "FOR VALUES FROM (1) TO (2)"}}}
    assert not odd_rows(proof(bound, jan=2000, feb=9000), proof(feb=9000))


def test_a_table_whose_rows_were_not_read_is_not_odd():
    there: dict[str, dict[str, dict[str, str]]] = {"foreign-table": {"public.items": {}}}
    assert not odd_rows(proof(items=2000, other=9000), proof(there, other=9000))


@pytest.mark.parametrize(
    ("before", "now", "odd"),
    [(3000, 1499, True), (3000, 1500, False), (1400, 500, False), (2000, 4001, True), (999, 1999, True),
     (998, 1997, False), (0, 1000, True), (0, 0, False)],
)  # fmt: skip
def test_all_rows_are_odd_outside_half_and_double_and_from_a_thousand(before, now, odd):
    """In tables that are too small to be odd by themselves."""
    odds = odd_rows(spread(before), spread(now))
    assert (odds.expected, odds.found, odds.tables) == (before, now, ())
    assert (odds.total_is_odd, bool(odds)) == (odd, odd)


def spread(rows):
    return proof(**{f"t{number}": rows // 8 + (number < rows % 8) for number in range(8)})


def test_the_greatest_losses_come_first():
    before = {"small": 1000, "gone": 8000, "large": 9000}
    odds = odd_rows(proof(**before), proof(small=0, large=2000))
    assert [odd.table for odd in odds.tables] == ["public.gone", "public.large", "public.small"]
    assert odds
