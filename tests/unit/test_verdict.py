"""The report of a drill or comparison."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.domain.errors import DocumentError
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict

NAME = "drills/scims-db/20261122T020000Z/20261123T030000Z/report.json"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
REPORTS = st.builds(
    Report,
    verdict=st.sampled_from(Verdict),
    findings=st.lists(st.builds(Finding, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple),
    not_checked=st.lists(st.builds(NotChecked, TEXT, TEXT), max_size=3).map(tuple),
    reason=TEXT,
    seconds=st.dictionaries(TEXT, st.floats(0, 1e6), max_size=4),
    sandbox_removed=st.none() | st.booleans(),
)
LOST = Finding("rows-differ", "table item_stocks", "41 rows", "40 rows")
EMPTY = Finding("rows-differ", "table crafts", "9 rows", "0 rows")


@given(REPORTS)
def test_a_report_is_read_back_as_it_was_written(report):
    assert Report.from_bytes(report.to_bytes(), NAME) == report


def test_any_finding_is_a_failure():
    assert Report.judged([LOST], (), {}).verdict is Verdict.FAILED


def test_no_finding_is_a_pass_even_where_something_was_not_looked_at():
    report = Report.judged((), [NotChecked("table far.away", "foreign table")], {})
    assert report.verdict is Verdict.PASSED
    assert report.not_checked == (NotChecked("table far.away", "foreign table"),)


def test_findings_come_in_the_same_order_whoever_found_them_first():
    assert Report.judged([LOST, EMPTY], (), {}) == Report.judged([EMPTY, LOST], (), {})


def test_a_finding_reads_as_a_sentence():
    assert str(LOST) == "table item_stocks: rows-differ: expected 41 rows, found 40 rows"


def test_a_report_of_a_newer_version_is_refused_by_name():
    document = {**Report(Verdict.PASSED).to_document(), "version": 2}
    with pytest.raises(DocumentError, match=f"{NAME} has version 2"):
        Report.from_bytes(json.dumps(document).encode(), NAME)


def test_a_report_that_says_nothing_of_its_sandbox_is_read_as_not_known():
    document = Report(Verdict.PASSED).to_document()
    assert "sandbox_removed" not in document
    assert Report.from_bytes(json.dumps(document).encode(), NAME).sandbox_removed is None


@pytest.mark.parametrize("removed", ["yes", 1, None])
def test_a_removal_that_is_neither_true_nor_false_is_damage(removed):
    document = {**Report(Verdict.PASSED).to_document(), "sandbox_removed": removed}
    with pytest.raises(DocumentError, match=f"{NAME} is damaged"):
        Report.from_bytes(json.dumps(document).encode(), NAME)


@pytest.mark.parametrize("verdict", ["green", None, 7])
def test_a_verdict_that_is_none_is_damage(verdict):
    document = {**Report(Verdict.PASSED).to_document(), "verdict": verdict}
    with pytest.raises(DocumentError, match=f"{NAME} is damaged"):
        Report.from_bytes(json.dumps(document).encode(), NAME)
