"""Checks run each by itself: none hides another, and what could not be looked at is never fine."""

import pytest

from scims_backup.domain.errors import VaultAccessError
from scims_backup.domain.health import Check, NotCheckedError, State, fine, problem
from scims_backup.usecases.reports.examine import Examine

ALL_WELL = Check("catalog", "the catalog", lambda: [fine("answers")])


def _raising(error, *before):
    def look():
        yield from before
        raise error

    return Check("vault", "the vault", look)


def _examined(*checks, told=None):
    unforeseen = [] if told is None else told
    return Examine(lambda text: text.replace("hunter2", "***"), unforeseen.append).run(checks)


def test_a_failure_is_the_check_s_problem_with_its_cure_and_hides_no_other():
    found = _examined(_raising(VaultAccessError("refused", "check the password")), ALL_WELL)
    assert [(one.check, one.state) for one in found] == [("vault", State.PROBLEM), ("catalog", State.FINE)]
    assert (found[0].message, found[0].cure) == ("refused", "check the password")


def test_what_cannot_be_looked_at_is_told_with_its_reason():
    (found,) = _examined(_raising(NotCheckedError("no stack is named", "name it")))
    assert (found.state, found.message, found.cure) == (State.NOT_CHECKED, "no stack is named", "name it")


def test_what_nobody_foresaw_is_a_problem_that_says_nothing_of_what_it_holds():
    told: list[BaseException] = []
    error = ZeroDivisionError("Key (p)=(99)")
    (found, other) = _examined(_raising(error), ALL_WELL, told=told)
    assert (found.state, found.message, told) == (State.PROBLEM, "unexpected ZeroDivisionError", [error])
    assert "--debug" in found.cure
    assert other.state is State.FINE


def test_what_was_seen_before_a_failure_is_told_too():
    found = _examined(_raising(VaultAccessError("refused"), fine("one"), problem("two", "cure", "second")))
    assert [(one.what, one.message) for one in found] == [
        ("the vault", "one"),
        ("second", "two"),
        ("the vault", "refused"),
    ]


@pytest.mark.parametrize("lacking", [VaultAccessError("refused"), NotCheckedError("none yet")])
def test_a_check_that_needs_another_is_not_done_unless_that_was_fine(lacking):
    looked: list[bool] = []

    def look():
        looked.append(True)
        yield fine("none")

    needy = Check("vault-locks", "the vault", look, needs=("vault",))
    found = _examined(_raising(lacking), needy)
    assert (found[1].state, looked) == (State.NOT_CHECKED, [])
    assert found[1].message.startswith("it requires vault, which ")


def test_a_check_that_needs_what_was_fine_or_does_not_apply_is_done():
    needy = Check("last-backup", "scims-db", lambda: [fine("young")], needs=("catalog", "vault-secret"))
    assert [one.state for one in _examined(ALL_WELL, needy)] == [State.FINE, State.FINE]


def test_no_secret_is_told():
    (found,) = _examined(Check("x", "hunter2", lambda: [problem("hunter2", "hunter2", "")]))
    assert (found.what, found.message, found.cure) == ("***", "***", "***")


def test_a_signal_ends_the_examination():
    with pytest.raises(KeyboardInterrupt):
        _examined(_raising(KeyboardInterrupt()), ALL_WELL)
