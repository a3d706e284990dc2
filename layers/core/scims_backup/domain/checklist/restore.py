"""The second list: what the newest drill that could look says of a restored backup."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain import keys
from scims_backup.domain.after_restore import FAILED as AFTER_RESTORE_FAILED
from scims_backup.domain.checklist.facts import DrillFacts, Facts, Unreadable
from scims_backup.domain.checklist.lines import Evidence, Line, Topic
from scims_backup.domain.checklist.looks import APPLICATION, Look
from scims_backup.domain.counting import counted
from scims_backup.domain.verdict import Finding, Report

_RUNS = Topic("restore-runs", "A backup restores without errors")
_CONNECTS = Topic("restore-application-connects", "The application can connect to the restored database")
_NOT_RESTORED = ("archive-missing", "archive-damaged", "restore-failed")
_DRILL = "run scims-backup drill"
_MEND = "see the report's findings, then drill another backup"


def restore_lines(facts: Facts, looks: Sequence[Look]) -> tuple[Line, ...]:
    """The lines of the second list; all are from one drill. looks: the engine's."""
    drill = facts.conclusive
    topics = (_RUNS, *(look.topic for look in looks), _CONNECTS)
    if drill is None:
        return tuple(_not_drilled(topic, facts) for topic in topics)
    if isinstance(drill.report, Unreadable):
        return tuple(topic.unknown("drill again", drill.report.evidence) for topic in topics)
    failed = [finding for finding in drill.report.findings if finding.kind in _NOT_RESTORED]
    if failed:
        evidence = drill.evidence(failed[0].found)
        nothing = drill.evidence(f"nothing of {drill.backup} was restored")
        return _RUNS.no(_MEND, evidence), *(topic.unknown(_MEND, nothing) for topic in topics[1:])
    return (
        _runs(drill, drill.report),
        *(_looked(look, drill, drill.report) for look in looks),
        _connects(drill, drill.report),
    )


def _runs(drill: DrillFacts, report: Report) -> Line:
    stopped = [finding for finding in report.findings if finding.kind == AFTER_RESTORE_FAILED]
    if stopped:
        return _RUNS.no("fix after_restore, then run the drill again", drill.evidence(_said(stopped)))
    return _RUNS.yes(drill.evidence(f"{drill.backup}, by drill {drill.name}"))


def _not_drilled(topic: Topic, facts: Facts) -> Line:
    latest = facts.latest
    if latest is not None and isinstance(latest.report, Report):
        return topic.unknown(
            "fix the cause, then run the drill again",
            latest.evidence(f"inconclusive: {latest.report.reason}"),
        )
    return topic.unknown(_DRILL, Evidence(keys.drills(facts.source), "no drill has ended"))


def _looked(look: Look, drill: DrillFacts, report: Report) -> Line:
    against = [finding for finding in report.findings if look.is_against(finding)]
    if against:
        return look.topic.no(_MEND, drill.evidence(_said(against)))
    skipped = [one for one in report.not_checked if look.leaves_open(one)]
    if skipped:
        more = f", and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        fact = f"not checked: {skipped[0].object}: {skipped[0].reason}{more}"
        return look.topic.unknown(
            "fix what kept the drill from checking, then run the drill again", drill.evidence(fact)
        )
    counts = [
        counted(report.compared[sort], _singular(sort)) for sort in look.counted if sort in report.compared
    ]
    return look.topic.yes(drill.evidence(", ".join(counts) or "no difference found"))


def _connects(drill: DrillFacts, report: Report) -> Line:
    against = [finding for finding in report.findings if finding.kind in APPLICATION]
    if against:
        return _CONNECTS.no(
            "give the role and the application the rights they lack", drill.evidence(_said(against))
        )
    open_ = [
        one for one in report.not_checked if one.object == "probe" or one.object.startswith("log-in of ")
    ]
    looked = [word for sort, word in _WAYS.items() if report.compared.get(sort)]
    if open_ or not looked:
        fact = (
            f"not checked: {open_[0].object}: {open_[0].reason}"
            if open_
            else "no role or probe was set to connect"
        )
        return _CONNECTS.unknown(
            "set application_role or probe, then run the drill again", drill.evidence(fact)
        )
    return _CONNECTS.yes(drill.evidence(" and ".join(looked)))


_WAYS = {"roles": "its role logged in", "probes": "its own check passed"}


def _said(findings: Sequence[Finding]) -> str:
    first = findings[0]
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    return f"{first.object}: {first.expected} expected, {first.found} found{more}"


def _singular(sort: str) -> str:
    return sort.replace("_", " ").removesuffix("s")
