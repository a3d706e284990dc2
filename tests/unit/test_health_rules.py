"""When clock, room, ages and locks are a problem, and that each problem has a cure."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.health import State
from scims_backup.domain.health_rules import (
    Lock,
    clock_beside,
    locks_seen,
    named,
    room_for_drill,
    span,
)

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("seconds", "state", "says"),
    [
        (0, State.FINE, "0 s apart from the server's"),
        (60, State.FINE, "60 s"),
        (-60, State.FINE, "60 s"),
        (61, State.PROBLEM, "61 s ahead of the server's"),
        (-61, State.PROBLEM, "61 s behind the server's"),
        (-3600, State.PROBLEM, "60 min behind the server's"),
    ],
)
def test_clocks_may_be_a_minute_apart(seconds, state, says):
    seen = clock_beside(NOW + timedelta(seconds=seconds), NOW, "the server's")
    assert (seen.state, says in seen.message) == (state, True), seen


@pytest.mark.parametrize(
    ("free", "state", "words"),
    [
        (3_000, State.FINE, "2.0 kB, or 3.0 kB at once"),
        (2_999, State.FINE, "one at a time"),
        (1_999, State.PROBLEM, "too small"),
    ],
)
def test_a_drill_needs_room_for_the_database_and_is_faster_with_room_for_the_archive(free, state, words):
    seen = room_for_drill(free, archive=1_000, database=2_000)
    assert (seen.state, words in seen.message) == (state, True), seen


@pytest.mark.parametrize(
    ("minutes", "is_dead", "state"),
    [(30, False, State.FINE), (31, False, State.PROBLEM), (0, True, State.PROBLEM)],
)
def test_a_lock_is_stale_when_nobody_renews_it_or_its_process_is_gone(minutes, is_dead, state):
    (seen,) = locks_seen([Lock("PID 7 on there", NOW - timedelta(minutes=minutes), is_dead)], NOW)
    assert seen.state is state
    assert "PID 7 on there" in seen.message


def test_every_lock_is_judged_by_itself():
    locks = [Lock("PID 7 on there", NOW, is_dead=dead) for dead in (True, False)]
    assert [seen.state for seen in locks_seen(locks, NOW)] == [State.PROBLEM, State.FINE]
    assert [seen.state for seen in locks_seen([], NOW)] == [State.FINE]


def test_every_problem_has_a_cure():
    problems = [
        clock_beside(NOW + HOUR, NOW, "the server's"),
        room_for_drill(0, 1, 1),
        *locks_seen([Lock("PID 7 on there", NOW, is_dead=True)], NOW),
    ]
    assert [seen.state for seen in problems] == [State.PROBLEM] * len(problems)
    assert all(seen.cure for seen in problems)


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=-2), "2 h"),
        (timedelta(hours=71), "71 h"),
        (timedelta(days=8), "8 days"),
    ],
)
def test_lengths_of_time_have_the_unit_that_suits_them(length, written):
    assert span(length) == written


def test_of_many_things_the_first_are_named():
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdefg")) == "a, b, c, d, e and 2 more"
