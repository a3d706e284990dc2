"""The third list: drills run on schedule, ask enough and leave nothing behind; failures are reported."""

from __future__ import annotations

from datetime import timedelta

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.checklist.facts import CopyFacts, DrillFacts, Facts, Told, Unreadable
from scims_backup.domain.checklist.lines import Evidence, Line, Topic
from scims_backup.domain.counting import age, counted
from scims_backup.domain.events import Kind
from scims_backup.domain.second_copy import place_of
from scims_backup.domain.verdict import Report, Verdict

_WEEKLY = Topic("drill-runs-weekly", "A drill runs every week")
_QUERIES = Topic("drill-queries-pass", "The deployment's own queries pass in the drill")
_ALERTS = Topic("failure-alerts-sent", "Failures are reported by mail")
_REMOVED = Topic("sandbox-removed", "The drill's sandbox is removed afterwards")

_MONTHLY = Topic("full-restore-monthly", "A full restore by hand was signed off in the last month")

_COPIES = Topic("copy-elsewhere", "A second copy is stored elsewhere")
_COPY = "schedule scims-backup copy after each backup or drill"

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
    return lines if facts.copy is None else (*lines, _elsewhere(facts, facts.copy))


def _weekly(facts: Facts) -> Line:
    drill, allowed = facts.conclusive, age(facts.proof_age)
    if drill is None:
        return _never(facts)
    ended = facts.now - drill.ended
    fact = f"ended {age(ended)} ago, limit {allowed}{_RAN[drill.as_task]}"
    if isinstance(drill.report, Report) and drill.report.after_restore != facts.after_restore:
        return _WEEKLY.no(
            _DRILL, drill.evidence("it ran with a different after_restore than the current setting")
        )
    if ended <= facts.proof_age:
        return _WEEKLY.yes(drill.evidence(fact))
    return _WEEKLY.no(_DRILL, drill.evidence(fact), *_inconclusive_since(facts))


def _never(facts: Facts) -> Line:
    first = facts.backups[0]
    since = facts.now - (facts.oldest_taken or first.moment)
    fact = f"no conclusive drill; the oldest backup, {first.stamp}, is {age(since)} old"
    evidence = (Evidence(keys.drills(facts.source), fact), *_inconclusive_since(facts))
    return (_WEEKLY.no if since > facts.proof_age else _WEEKLY.unknown)(_DRILL, *evidence)


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
    """Whether the last event that required a mail was mailed, and whether anybody receives the mails."""
    deaf = next((one for one in facts.of_kinds(Kind.SUBSCRIPTION_UNCONFIRMED) if _is_deaf(one, facts)), None)
    if deaf is not None:
        return _ALERTS.no(
            "subscribe to the topic and confirm the subscription", deaf.evidence("nobody receives the mails")
        )
    told = next((one for one in facts.told if mail_for(one.event) is not None), None)
    if told is None:
        fact = "no event of the last days required a mail"
        return _ALERTS.unknown("this is known once something fails", Evidence("events/", fact))
    what = f"{told.event.kind} of {told.event.time:%Y-%m-%d %H:%M}"
    if told.mailed:
        return _ALERTS.yes(Evidence(keys.alert_sent(told.key), f"the mail about {what} was sent"))
    if facts.now - told.event.time < _PATIENCE:
        return _ALERTS.unknown("check again in 15 minutes", told.evidence("a mail is being sent"))
    cure = "check why the alert function did not send it; without that function, no mail is recorded here"
    return _ALERTS.no(cure, told.evidence(f"no mail about {what} is recorded"))


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


def _elsewhere(facts: Facts, copy: CopyFacts) -> Line:
    """A third copy in another place (3-2-1): how old the backup is that would survive."""
    allowed, key = f"limit {age(copy.allowed)}", keys.copies(facts.source)
    if copy.newest is None or copy.taken is None:
        since = facts.now - (facts.oldest_taken or facts.backups[0].moment)
        fact = f"none in {copy.catalog} yet; {allowed}"
        return (_COPIES.no if since > copy.allowed else _COPIES.unknown)(_COPY, Evidence(key, fact))
    since = facts.now - copy.taken
    evidence = Evidence(
        keys.copy_of(copy.newest, place_of(copy.catalog)),
        f"{copy.newest}, {age(since)} old, is in {copy.catalog} too; {allowed}",
    )
    return _COPIES.yes(evidence) if since <= copy.allowed else _COPIES.no(_COPY, evidence)


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
