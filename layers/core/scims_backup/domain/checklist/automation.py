"""The third list: drills run on schedule, ask enough and leave nothing behind; failures are reported."""

from __future__ import annotations

from datetime import timedelta

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.checklist.facts import DrillFacts, Facts, Told, Unreadable
from scims_backup.domain.checklist.lines import Evidence, Line, Topic
from scims_backup.domain.counting import age, counted
from scims_backup.domain.events import Kind
from scims_backup.domain.second_copy import place_of
from scims_backup.domain.status import Standing
from scims_backup.domain.status.judgement import copy, proven
from scims_backup.domain.verdict import Report, Verdict

_WEEKLY = Topic("drill-runs-weekly", "A drill runs every week")
_QUERIES = Topic("drill-queries-pass", "The deployment's own queries pass in the drill")
_ALERTS = Topic("failure-alerts-sent", "Failures are reported by mail")
_REMOVED = Topic("sandbox-removed", "The drill's sandbox is removed afterwards")

_MONTHLY = Topic("full-restore-monthly", "A full restore by hand was signed off in the last month")

_COPIES = Topic("copy-elsewhere", "A second copy is stored elsewhere")

_DRILL = "schedule scims-backup drill every week"
_MONTH = timedelta(days=31)
_PATIENCE = timedelta(minutes=15)
"""Until then a mail may still be on its way."""
_NOBODY = timedelta(days=2)
"""It is reported once a day that nobody receives the mails."""
_RAN = {True: "; it ran as a task", False: "; it ran from the command line", None: ""}


def automation_lines(facts: Facts) -> tuple[Line, ...]:
    """The lines of the third list; second copies have one only where they are configured."""
    lines = (_weekly(facts), _queries(facts), facts.doubted(_alerts(facts)), _removed(facts), _monthly(facts))
    return lines if not facts.status.copies else (*lines, _elsewhere(facts))


def _weekly(facts: Facts) -> Line:
    """A drill that ended lately does not help where the newest proof is older than it may be."""
    judged, drill = proven(facts.status), facts.conclusive
    if drill is None:
        evidence = Evidence(keys.drills(facts.source), f"no conclusive drill; {judged.message}")
        return _WEEKLY.judged(judged, evidence, *_inconclusive_since(facts))
    since, allowed = facts.now - drill.ended, facts.status.promised.proof_age
    fact = f"ended {age(since)} ago, limit {age(allowed)}{_RAN[drill.as_task]}"
    if judged.standing is Standing.CRITICAL:
        said = drill.evidence(f"{fact}; {judged.message}")
        return _WEEKLY.no(judged.cure, said, *_inconclusive_since(facts))
    if since > allowed:
        return _WEEKLY.no(_DRILL, drill.evidence(fact), *_inconclusive_since(facts))
    return _WEEKLY.yes(drill.evidence(fact))


def _inconclusive_since(facts: Facts) -> tuple[Evidence, ...]:
    latest = facts.latest
    if latest is None or latest == facts.conclusive or not isinstance(latest.report, Report):
        return ()
    return (latest.evidence(f"inconclusive: {latest.report.reason}"),)


def _queries(facts: Facts) -> Line:
    drill = facts.conclusive
    if drill is None:
        return _QUERIES.unknown(_DRILL, Evidence(keys.drills(facts.source), "no conclusive drill"))
    if isinstance(drill.report, Unreadable):
        return _QUERIES.unknown("drill again", drill.report.evidence)
    unmet = [finding for finding in drill.report.findings if finding.kind == "expectation-not-met"]
    if unmet:
        fact = f"{counted(len(unmet), 'expectation')} not met, e.g. {unmet[0].object}: {unmet[0].found}"
        return _QUERIES.no("see the report's findings", drill.evidence(fact))
    asked = drill.report.compared.get("expectations", 0)
    if not asked:
        return _QUERIES.unknown(
            "set expectations, then run the drill again", drill.evidence("no query was set")
        )
    return _QUERIES.yes(drill.evidence(f"{counted(asked, 'expectation')} met"))


def _alerts(facts: Facts) -> Line:
    """Whether the last event that required it was reported, and whether anybody receives the mails."""
    deaf = next((one for one in facts.of_kinds(Kind.SUBSCRIPTION_UNCONFIRMED) if _is_deaf(one, facts)), None)
    if deaf is not None:
        return _ALERTS.no(
            "subscribe to the topic and confirm the subscription", deaf.evidence("nobody receives the mails")
        )
    required = next((one for one in facts.told if mail_for(one.event) is not None), None)
    told = required or next((one for one in facts.told if one.sent), None)
    if told is None:
        fact = "no event of the last days required a mail"
        return _ALERTS.unknown("this is known once something fails", Evidence("events/", fact))
    what = f"{told.event.kind} of {told.event.time:%Y-%m-%d %H:%M}"
    if told.sent:
        return _ALERTS.yes(Evidence(told.sent, f"the mail or notification about {what} was sent"))
    if facts.now - told.event.time < _PATIENCE:
        return _ALERTS.unknown("check again in 15 minutes", told.evidence("a mail is being sent"))
    cure = (
        "on AWS, check why the alert function did not send it; elsewhere, name receivers under [notify] in "
        "the settings document"
    )
    return _ALERTS.no(cure, told.evidence(f"no mail or notification about {what} is recorded"))


def _is_deaf(told: Told, facts: Facts) -> bool:
    return told.event.facts.get("confirmed") == 0 and facts.now - told.event.time < _NOBODY


def _monthly(facts: Facts) -> Line:
    """The restore that no schedule runs: on the real target, signed off by a person."""
    signed, cure = facts.signed, "run scims-backup drill --full --target-url URL"
    if signed is None:
        return _MONTHLY.unknown(cure, Evidence(keys.drills(facts.source), "no drill was signed off"))
    if isinstance(signed.sign_off, Unreadable):
        return _MONTHLY.unknown(cure, signed.sign_off.evidence)
    since = facts.now - signed.sign_off.at
    fact = f"{signed.verdict}, {age(since)} ago, on {signed.sign_off.target}, by {signed.sign_off.by}"
    evidence = Evidence(signed.key, fact)
    if signed.verdict is Verdict.PASSED and since <= _MONTH:
        return _MONTHLY.yes(evidence)
    return _MONTHLY.no(cure, evidence)


def _elsewhere(facts: Facts) -> Line:
    """A third copy in another place (3-2-1): how old the backup is that would survive."""
    judged, seen = copy(facts.status), facts.status.copied
    allowed, key = f"limit {age(facts.status.promised.copy_age)}", keys.copies(facts.source)
    if seen is None:
        return _COPIES.judged(judged, Evidence(key, f"none in {facts.status.copies} yet; {allowed}"))
    since = age(facts.now - seen.taken)
    fact = f"{seen.backup}, {since} old, is in {facts.status.copies} too; {allowed}"
    return _COPIES.judged(judged, Evidence(keys.copy_of(seen.backup, place_of(facts.status.copies)), fact))


def _removed(facts: Facts) -> Line:
    drill: DrillFacts | None = facts.latest
    if drill is None:
        return _REMOVED.unknown(_DRILL, Evidence(keys.drills(facts.source), "no drill has ended"))
    if isinstance(drill.report, Unreadable):
        return _REMOVED.unknown("drill again", drill.report.evidence)
    if drill.report.sandbox_removed is None:
        return _REMOVED.unknown("drill again", drill.evidence("its report does not say"))
    if drill.report.sandbox_removed:
        return _REMOVED.yes(drill.evidence("server and files were gone when the drill ended"))
    cure = "remove it by hand: scims-sandbox-… in the sandbox directory"
    return _REMOVED.no(cure, drill.evidence("parts of the sandbox remain"))
