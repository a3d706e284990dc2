"""What is much at once, and what a plan's digest is of."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.much_at_once import Going, digest_of, much_at_once, unreplaced
from scims_backup.domain.retention import Candidate
from scims_backup.domain.verdict import Verdict

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


def night(days_ago):
    return BackupId("scims-db", stamp_of(NOW - timedelta(days=days_ago)))


def going(count):
    return [Going(night(days), f"ref-{days}") for days in range(count)]


@pytest.mark.parametrize(
    ("count", "in_all", "much"),
    [
        (3, 3, False),
        (3, 4, False),
        (4, 4, True),
        (4, 11, True),
        (4, 12, False),
        (5, 14, True),
        (5, 15, False),
    ],
)
def test_more_than_three_and_more_than_a_third_of_all_is_much(count, in_all, much):
    assert bool(much_at_once(going(count), [], in_all, [])) is much


@pytest.mark.parametrize(("count", "much"), [(3, False), (4, True)])
def test_more_than_three_archives_of_dead_runs_are_much_however_many_backups_there_are(count, much):
    assert bool(much_at_once([], going(count), 100, [])) is much


def test_a_proven_backup_that_nothing_replaces_is_much_by_itself():
    assert much_at_once(going(1), [], 100, [night(0)]) == (
        f"{night(0)} is proven, and no newer proven backup replaces it",
    )


def test_a_plan_may_be_much_for_several_reasons():
    assert len(much_at_once(going(4), going(4), 4, [night(1)])) == 3


@pytest.mark.parametrize(
    ("verdicts", "remove", "alone"),
    [
        ({5: Verdict.PASSED, 1: Verdict.PASSED}, {5}, []),
        ({5: Verdict.PASSED, 1: Verdict.PASSED}, {1}, [1]),
        ({5: Verdict.PASSED, 1: Verdict.PASSED}, {1, 5}, [5, 1]),
        ({5: Verdict.PASSED, 1: None}, {5}, [5]),
        ({5: Verdict.PASSED, 1: Verdict.FAILED}, {5}, [5]),
        ({5: None, 1: None}, {1, 5}, []),
    ],
)
def test_a_newer_proven_backup_that_stays_replaces_an_older_one(verdicts, remove, alone):
    candidates = [Candidate(night(days), verdict) for days, verdict in verdicts.items()]
    once_proven = {night(days) for days, verdict in verdicts.items() if verdict is Verdict.PASSED}
    found = unreplaced(candidates, {night(days) for days in remove}, once_proven)
    assert found == [night(days) for days in alone]


def test_what_was_proven_once_is_protected_though_it_is_not_believed_any_more():
    candidates = [Candidate(night(5), Verdict.FAILED), Candidate(night(1), None)]
    assert unreplaced(candidates, {night(5)}, {night(5)}) == [night(5)]


def test_a_digest_is_of_ids_and_archives_in_any_order():
    plan = going(3)
    assert digest_of(plan) == digest_of(reversed(plan))
    others: tuple[list[Going], ...] = (
        plan[:2],
        [*plan[:2], Going(night(2), "other")],
        [*plan[:2], Going(night(7), "ref-2")],
        [],
    )
    assert len({digest_of(plan), *map(digest_of, others)}) == 5
