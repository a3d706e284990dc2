"""What an application's own check comes to: a finding, or none; and what is quoted of it."""

import pytest

from scims_backup.domain.probe import ProbeOutcome, last_words, probe_finding
from scims_backup.domain.verdict import Finding


def test_a_probe_that_ends_with_0_finds_nothing():
    assert probe_finding(ProbeOutcome(0, "all is well")) is None


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        (ProbeOutcome(3, "no users"), "exit code 3: no users"),
        (ProbeOutcome(1), "exit code 1"),
        (ProbeOutcome(137, "killed"), "exit code 137: killed"),
        (ProbeOutcome(None, "waiting"), "it did not finish within 600 seconds"),
        (ProbeOutcome(None, limit_seconds=0.5), "it did not finish within 0.5 seconds"),
    ],
)
def test_any_other_end_is_a_difference_by_name(outcome, found):
    assert probe_finding(outcome) == Finding("probe-failed", "probe", "exit code 0", found)


def test_the_last_eight_lines_are_quoted_in_one_line():
    assert last_words("\n".join(str(number) for number in range(20))) == " / ".join(map(str, range(12, 20)))
    assert last_words("\n one \n\n  two\n") == "one / two"
    assert last_words("") == ""


def test_no_more_than_600_characters_are_quoted_and_those_are_the_last():
    said = last_words("x" * 1000 + "the end")
    assert (len(said), said[-7:]) == (600, "the end")


def test_what_is_quoted_does_not_steer_a_terminal():
    assert last_words("\x1b[31mred\x1b[0m\ttab\x07\x00 \u202eback\r\nnext\x9b") == "red tab back / next"
