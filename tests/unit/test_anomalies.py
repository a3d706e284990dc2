"""What is odd about a night: where the lines are, and what is quiet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.anomalies import anomalies
from scims_backup.domain.anomalies.figures import DURATION, SIZE, compared
from scims_backup.domain.anomalies.figures import odd as odd_of
from scims_backup.domain.anomalies.losses import OddTable, came, losses, lossy_nights
from scims_backup.domain.anomalies.quota import quota_day
from scims_backup.domain.run_record import MOST_NAMED, OTHERS, RunKind, RunRecord, RunResult, largest

MIB = 1 << 20
FIRST = datetime(2026, 9, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def a_night(day=0, size=100 * MIB, seconds=60.0, stored=5 * MIB, expiring=None, **counts):
    began = FIRST + day * DAY
    rows = {"items": 5000, "users": 3000, **counts}
    return RunRecord(
        RunKind.BACKUP,
        "scims-db",
        f"scims-db-{began:%Y%m%dT%H%M%SZ}",
        began,
        began,
        RunResult.COMPLETED,
        seconds={"backup": seconds},
        bytes=size,
        stored_bytes=stored,
        counts=rows,
        expiring=expiring or {},
        in_all=sum(rows.values()),
    )


def nights(*changes):
    """Nights one after the other. changes: what each has otherwise than usual."""
    return [a_night(day, **change) for day, change in enumerate(changes)]


USUAL: list[dict[str, object]] = [{}] * 14


def sizes(*mebibytes):
    return nights(*({"size": int(size * MIB)} for size in mebibytes))


@pytest.mark.parametrize(
    ("newest", "odd"),
    [(100, False), (67, False), (66, True), (0, True), (149, False), (152, True), (1000, True)],
)
def test_a_steady_size_is_odd_from_a_third_less_and_a_half_more(newest, odd):
    assert (odd_of(SIZE, sizes(*[100] * 14, newest)) is not None) == odd


NOISY = [60, 150, 80, 130, 100, 110, 70, 140, 90, 120, 100, 85, 125, 95]


@pytest.mark.parametrize(("newest", "odd"), [(45, False), (200, False), (10, True), (900, True)])
def test_a_scattered_size_is_odd_only_beyond_its_scatter(newest, odd):
    assert (odd_of(SIZE, sizes(*NOISY, newest)) is not None) == odd


@pytest.mark.parametrize(("newest", "odd"), [(0.9, False), (2.1, True)])
def test_less_than_a_mebibyte_more_is_never_odd(newest, odd):
    assert (odd_of(SIZE, sizes(*[0.1] * 14, newest)) is not None) == odd


@pytest.mark.parametrize(("before", "odd"), [(0, False), (6, False), (7, True), (14, True)])
def test_no_size_is_odd_before_there_are_seven_nights(before, odd):
    assert bool(anomalies([*nights(*[{}] * before), a_night(before, 1)])) == odd


@pytest.mark.parametrize(
    ("before", "usual", "odd"), [(2, 5000, False), (3, 5000, True), (3, 900, False), (7, 900, True)]
)
def test_a_loss_is_odd_after_three_nights_and_that_of_a_small_table_after_seven(before, usual, odd):
    found = anomalies([*nights(*[{"items": usual}] * before), a_night(before, items=0)])
    assert [one.table for one in found.lost] == (["items"] if odd else [])


def test_a_size_that_stays_is_odd_for_a_week():
    found = [odd_of(SIZE, sizes(*[100] * 14, *[40] * count)) is not None for count in range(10)]
    assert found == [False, *[True] * 7, False, False]


def test_what_is_usual_on_a_weekday_is_not_odd_once_it_was_there_six_times():
    week = [100, 100, 100, 100, 100, 20, 20]
    for weeks, odd in ((2, True), (6, True), (7, False)):
        of_saturday = sizes(*week * weeks, *week[:6])
        assert bool(odd_of(SIZE, of_saturday)) == odd, weeks


def test_a_weekday_keeps_up_with_a_source_that_grows():
    grown = [100 * 1.01**day * (0.4 if day % 7 > 4 else 1) for day in range(70)]
    assert odd_of(SIZE, sizes(*grown)) is None
    assert odd_of(SIZE, sizes(*grown[:-1], grown[-1] / 1.8))
    assert odd_of(SIZE, sizes(*grown, 100 * 1.01**70 / 1.8))


@pytest.mark.parametrize(("seconds", "odd"), [(6, False), (230, False), (250, True), (600, True)])
def test_a_backup_is_slow_from_four_times_as_long_and_never_too_fast(seconds, odd):
    assert (odd_of(DURATION, nights(*USUAL, {"seconds": seconds})) is not None) == odd


def test_what_a_size_is_compared_with_is_the_median_of_two_weeks():
    now = compared(SIZE, sizes(*[7] * 30, *[100] * 14, 20))
    assert now is not None
    assert (now.expected, now.found, now.nights, now.is_odd) == (100 * MIB, 20 * MIB, 14, True)


@pytest.mark.parametrize(
    ("before", "now", "odd"),
    [(1000, 499, True), (1000, 500, False), (1000, 0, True), (999, 400, False), (999, 0, True), (8, 0, True),
     (3, 0, False), (1000, 9000, False)],
)  # fmt: skip
def test_a_table_that_had_a_thousand_rows_may_lose_half_and_a_smaller_one_not_all(before, now, odd):
    found = losses(nights(*[{"t": before}] * 14, {"t": now}))
    assert found == ((OddTable("t", before, now),) if odd else ())


def without(night, *names):
    counts = {name: rows for name, rows in night.counts.items() if name not in names}
    return replace(night, counts=counts, in_all=sum(counts.values()))


def test_a_table_that_is_gone_is_odd_unless_it_is_only_not_counted_any_more():
    seen = nights(*USUAL)
    last = without(a_night(14), "users")
    assert losses([*seen, last]) == (OddTable("users", 3000, None),)
    assert losses([*seen, last], uncounted={"users"}) == ()


def test_the_greatest_losses_come_first():
    found = losses(nights(*[{"small": 1000}] * 14, {"small": 1, "items": 0, "users": 500}))
    assert [one.table for one in found] == ["items", "users", "small"]


def test_a_queue_that_comes_and_goes_is_quiet():
    queue = [0, 4000, 30, 2500, 7, 900, 1200, 5, 3000, 0, 80, 1500, 10, 2000]
    assert losses(nights(*({"queue": rows} for rows in [*queue, 0]))) == ()


def test_a_table_that_a_job_empties_each_week_is_quiet_from_the_third_time_on():
    seen = nights(*({"staging": rows} for rows in [*[5000] * 14, *[0, *[5000] * 6] * 5]))
    assert [day for day in range(1, len(seen) + 1) if losses(seen[:day])] == [15, 22]


def test_a_loss_that_was_there_before_and_was_mended_is_found_again():
    rows = [*[5000] * 14, 0, *[5000] * 14, 0]
    seen = nights(*({"t": number} for number in rows))
    assert [day for day in range(1, len(seen) + 1) if losses(seen[:day])] == [15, 30]


def test_a_loss_began_in_the_first_night_that_had_lost_all_of_it():
    gone, both = {"items": 0}, {"items": 0, "users": 0}
    seen = nights(*USUAL, gone, gone, both, both)
    assert [len(lossy_nights(seen[:day])) for day in (15, 16, 17, 18)] == [1, 2, 1, 2]


def test_keys_that_expire_are_no_loss():
    seen = nights(*[{"session": 9000, "expiring": {"session": 9000}}] * 14, {"session": 3})
    assert losses(seen) == ()
    assert not anomalies([*seen[:-1], without(seen[-1], "session")])


def test_what_a_large_source_s_record_does_not_name_is_not_taken_for_gone():
    many = {f"t{number:03}": 10_000 - number for number in range(MOST_NAMED + 50)}
    seen = [replace(night, counts=largest(many)) for night in nights(*USUAL, {})]
    assert len(seen[-1].counts) == MOST_NAMED + 1
    swapped = {**many, "t499": many["t500"], "t500": many["t499"]}
    assert losses([*seen[:-1], replace(seen[-1], counts=largest(swapped))]) == ()
    gone = {name: rows for name, rows in many.items() if name != "t003"}
    assert losses([*seen[:-1], replace(seen[-1], counts=largest(gone))]) == ()
    emptied = {**dict.fromkeys(many, 1), **dict.fromkeys(list(many)[300:], 9)}
    assert len(losses([*seen[:-1], replace(seen[-1], counts=largest(emptied))])) == MOST_NAMED


def test_the_largest_counts_are_named_and_the_others_summed():
    counts = largest({f"t{number}": number for number in range(MOST_NAMED + 2)})
    assert (len(counts), counts[OTHERS], "t0" in counts) == (MOST_NAMED + 1, 1, False)
    assert largest({"a": 1}) == {"a": 1}


@pytest.mark.parametrize(("rows", "names"), [(7999, ()), (8000, ("new",))])
def test_a_new_table_is_odd_if_it_holds_as_much_as_all_others(rows, names):
    assert came(nights(*USUAL, {"new": rows})) == names
    assert came(nights(*USUAL, {"new": rows}, {"new": rows})) == ()


def lively(count):
    return [{"items": 5000 + day} for day in range(count)]


@pytest.mark.parametrize(("still", "frozen"), [(5, 0), (6, 0), (7, 7), (8, 8), (30, 30)])
def test_rows_are_frozen_from_the_seventh_night_without_a_change(still, frozen):
    assert anomalies(nights(*lively(20), *[lively(20)[-1]] * still)).frozen == frozen


def test_a_source_that_seldom_changes_is_never_frozen():
    assert not anomalies(nights(*[{}] * 14, {"items": 5001}, *[{"items": 5001}] * 7)).frozen


def test_more_is_stored_than_usual_from_the_fourth_night_until_it_is_the_usual():
    found = [anomalies(nights(*USUAL, *[{"stored": 90 * MIB}] * count)).stored for count in range(18)]
    assert [one is not None for one in found] == [*[False] * 4, *[True] * 12, *[False] * 2]


def test_a_release_that_stores_much_for_three_nights_is_quiet():
    seen = nights(*USUAL, *[{"stored": 90 * MIB}] * 3, *[{}] * 5)
    assert not any(anomalies(seen[:day]).stored for day in range(1, len(seen) + 1))


GIB = 1 << 30
NOW = FIRST + 30 * DAY


def pruned(day, stored):
    return RunRecord(
        RunKind.PRUNE, "scims-db", None, FIRST + day * DAY, FIRST + day * DAY, RunResult.COMPLETED,
        stored_in_all=stored,
    )  # fmt: skip


def growing(pace=GIB, days=range(31)):
    return [pruned(day, 100 * GIB + day * pace) for day in days]


@pytest.mark.parametrize(
    ("records", "day"),
    [
        (growing(), NOW + 20 * DAY),
        (growing(GIB // 2), NOW + 70 * DAY),
        ([*growing()[:-3], pruned(28, 20 * GIB), *growing()[-2:]], NOW + 20 * DAY),
        (growing(0), None),
        (growing(-GIB), None),
        (growing(1), None),
        (growing(days=range(25, 31)), None),
        (growing(days=range(24, 31)), NOW + 20 * DAY),
        (growing(3 * GIB), NOW),
        ([], None),
    ],
    ids=["grows", "grows slowly", "one odd night", "stays", "shrinks", "in 400 million years",
         "six nights", "seven nights", "is over", "unknown"],
)  # fmt: skip
def test_the_day_of_the_quota_follows_from_the_pace_of_a_month(records, day):
    found = quota_day(records, 150 * GIB, NOW)
    assert (found and found.replace(second=0)) == (day and day.replace(second=0))


def test_what_was_stored_before_a_month_ago_or_is_to_come_says_nothing_of_the_pace():
    old = [pruned(-day, 900 * GIB) for day in range(1, 20)]
    assert quota_day([*old, *growing(), pruned(31, 1)], 150 * GIB, NOW) == NOW + 20 * DAY
