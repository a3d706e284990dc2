"""Mails about a condition that lasts, and the one that says that it is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from scims_backup.domain.alert.logs import logs_of
from scims_backup.domain.alert.mail import commands_for, in_short, mail_for
from scims_backup.domain.alert.message import Mail, State, Text, aligned, key_of, mail_about, subject_of, when
from scims_backup.domain.alert.recoveries import RECOVERIES
from scims_backup.domain.alert.texts import one_line
from scims_backup.domain.alert.wordings import wording_of
from scims_backup.domain.conditions import Condition, Due
from scims_backup.domain.counting import age
from scims_backup.domain.events import Event, Kind, Severity

_STATES = {Due.FOLLOWED: State.FOLLOWED, Due.REMINDER: State.REMINDER}
_STILL = {Due.FOLLOWED: "more about", Due.REMINDER: "still"}


def mail_while_open(
    condition: Condition, due: Due, lead: Event, news: Sequence[Event], now: datetime, stack: str
) -> Mail:
    """The mail about a condition that lasts: a reminder, or what followed.

    lead: the event of the condition's lead.
    news: the latest of the events that no mail has mentioned, the last one last.
    stack: the AWS stack's name, empty for none.
    """
    wording, first = wording_of(lead), mail_for(lead, stack)
    if first is None:
        raise ValueError(f"{lead.kind} opens no condition")
    lasts = f"open for {age(now - condition.since)}"
    said = _said(news[-1]) if news else ""
    subject = subject_of(lead.severity, lead.source, f"{_STILL[due]}: {wording.title}", lasts, said)
    head = [
        f"{_STILL[due].upper()}: {wording.title.upper()} ({lead.severity})",
        "",
        *aligned({"Condition": condition.cause, **_lasting(condition, now)}),
        "",
        *_listed(news, len(condition.pending)),
        "The mail that opened it, or the most severe one since:",
        "",
    ]
    body = "\n".join(head) + "\n" + first.body
    text = Text(subject, body, wording.meaning, tuple(commands_for(lead)))
    return mail_about(lead, _STATES[due], text, stack)


def mail_of_recovery(condition: Condition, lead: Event, end: Event, stack: str) -> Mail:
    """The mail that says that a condition is over.

    lead, stack: as for `mail_while_open`.
    end: the event that ended it.
    """
    wording = wording_of(lead)
    recovery = RECOVERIES[condition.cause]
    command = recovery.command.format(source=condition.source)
    lasted = age(end.time - condition.since)
    said = in_short(end) if end.kind is Kind.CONDITION_RECOVERED else one_line(end.backup or "")
    body = [
        f"RECOVERED: {wording.title.upper()}",
        "",
        recovery.meaning,
        "",
        *aligned(
            {
                "Source": condition.source,
                "Condition": condition.cause,
                **_lasting(condition, end.time),
                "Ended": f"{when(end.time)} by {end.kind}{f': {said}' if said else ''}",
            }
        ),
        "",
        "What to do:",
        "  No action is needed. To look further:",
        f"    {command}",
        "",
        "Logs:",
        *(f"  {place}" for place in logs_of(lead.kind, stack)),
        "",
        "In the catalog:",
        *(f"  {line}" for line in aligned({"Opened": condition.opened.event, "Ended": key_of(end)})),
    ]
    subject = subject_of(
        Severity.INFO, condition.source, f"recovered: {wording.title}", f"after {lasted}", said
    )
    text = Text(subject, "\n".join(body) + "\n", recovery.meaning, (command,))
    return mail_about(lead, State.RECOVERED, text, stack)


def _lasting(condition: Condition, until: datetime) -> dict[str, str]:
    since = f"{when(condition.since)} ({age(until - condition.since)})"
    return {"Open since": since, "Events": f"{len(condition.problems):,}"}


def _listed(news: Sequence[Event], in_all: int) -> Iterator[str]:
    if not news:
        return
    yield f"Since the last mail ({f'{len(news)} of {in_all}' if len(news) < in_all else in_all}):"
    yield from (f"  - {when(one.time)}  {_said(one)}" for one in news)
    yield ""


def _said(event: Event) -> str:
    return ": ".join(filter(None, (wording_of(event).title, in_short(event))))
