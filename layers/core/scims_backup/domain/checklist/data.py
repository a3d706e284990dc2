"""Whether the newest backup holds the data that are expected."""

from __future__ import annotations

from scims_backup.domain.alert.facts import headline
from scims_backup.domain.anomalies.figures import IN_ALL, compared
from scims_backup.domain.anomalies.losses import losses
from scims_backup.domain.anomalies.usual import YOUNG
from scims_backup.domain.checklist.facts import Facts, Unreadable
from scims_backup.domain.checklist.lines import Evidence, Line, State, Topic
from scims_backup.domain.counting import counted
from scims_backup.domain.events import Kind
from scims_backup.domain.verdict import Report

_DATA = Topic("backup-holds-expected-data", "It holds the expected data")
_ASK = "find out whether rows were deleted or loaded on purpose"
_MEND = "restore this object from the catalog's older versions, or take a new backup"
_MORE = "set expectations, or wait for a second backup to compare it with"
_YOUNG = f"{_ASK}; what is usual is known after {YOUNG} nights"
_NOT_MET = "expectation-not-met"


def expected_data(facts: Facts) -> Line:
    """Rows beside those of the backup before, and the deployment's expectations in the newest drill."""
    if isinstance(facts.manifest, Unreadable):
        return _DATA.unknown(_MEND, facts.manifest.evidence)
    rows = _odd(facts) or _rows(facts, facts.manifest.proof.key)
    if rows.state is State.NO:
        return rows
    unmet, met = _queries(facts)
    if unmet:
        return _DATA.no("find out since when, then hold the last good backup", *unmet)
    if rows.state is State.UNKNOWN and not met:
        return rows
    return _DATA.yes(*rows.evidence, *met)


def _odd(facts: Facts) -> Line | None:
    """What was reported when the backup was new, compared with the backups before it."""
    lost, told = facts.about_newest(Kind.ROWS_LOST), facts.about_newest(Kind.ROW_COUNT_ANOMALY)
    if lost is not None:
        return _DATA.no(_ASK, lost.evidence(headline(lost.event.facts)))
    if told is None:
        return None
    units = f"{told.event.facts.get('unit', 'row')}s"
    found, usual = told.event.facts.get(units), told.event.facts.get(f"expected_{units}")
    return _DATA.no(_ASK, told.evidence(f"{found} {units}, usually {usual}"))


def _rows(facts: Facts, key: str) -> Line:
    """What the proofs say. key: of the newest backup's."""
    content = facts.content
    if content is None or isinstance(content, Unreadable):
        return _DATA.no(_MEND, content.evidence if content else Evidence(key, "it is missing"))
    beside = compared(IN_ALL, facts.nights, needed=1)
    if beside is None:
        return _DATA.unknown(_MORE, Evidence(key, content.text))
    evidence = Evidence(key, f"{content.text}; usually {counted(beside.expected, content.unit)}")
    if losses(facts.nights, facts.uncounted):
        return _DATA.no(_ASK, evidence)
    if beside.is_odd:
        return _DATA.unknown(_YOUNG, evidence) if beside.nights < YOUNG else _DATA.no(_ASK, evidence)
    return _DATA.yes(evidence) if content.total else _DATA.unknown(_MORE, evidence)


def _queries(facts: Facts) -> tuple[list[Evidence], list[Evidence]]:
    """What the expectations in the newest conclusive drill say against it, and for it."""
    drill = facts.conclusive
    if drill is None or not isinstance(drill.report, Report):
        return [], []
    unmet = [finding for finding in drill.report.findings if finding.kind == _NOT_MET]
    if unmet:
        first = f"{unmet[0].object}: {unmet[0].expected} expected, {unmet[0].found} found"
        return [drill.evidence(first)], []
    asked = drill.report.compared.get("expectations", 0)
    return [], [drill.evidence(f"{counted(asked, 'expectation')} met in {drill.backup}")] if asked else []
