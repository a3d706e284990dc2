"""A mail as it is sent: its text, what subscribers filter by, and the same for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from scims_backup.domain import keys
from scims_backup.domain.alert.logs import logs_of
from scims_backup.domain.alert.machine import for_machines
from scims_backup.domain.alert.texts import in_ascii, one_line
from scims_backup.domain.conditions import cause_of
from scims_backup.domain.events import Event

_LONGEST_SUBJECT = 99
"""SNS takes less than a hundred characters, ASCII, in one line."""


@dataclass(frozen=True)
class Mail:
    """A mail in plain text.

    attributes: what subscribers can filter by.
    document: the same in JSON, for subscribers that are programs.
    """

    subject: str
    body: str
    attributes: Mapping[str, str]
    document: str = "{}"


class State(StrEnum):
    """What a mail is in the life of its condition; a notice has none."""

    NOTICE = "notice"
    OPENED = "opened"
    FOLLOWED = "followed"
    REMINDER = "reminder"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class Text:
    """What a mail says.

    meaning: what that means for the data.
    commands: to type next.
    """

    subject: str
    body: str
    meaning: str
    commands: tuple[str, ...]


def mail_about(event: Event, state: State, text: Text, stack: str) -> Mail:
    """A mail about an event, or about the condition that has it as its worst one.

    stack: the AWS stack's name, empty for none.
    """
    attributes = {
        "kind": event.kind,
        "severity": event.severity,
        "source": one_line(event.source),
        "state": state,
    }
    key = key_of(event)
    document = {
        "state": state,
        "condition": cause_of(event),
        "source": event.source,
        "kind": event.kind,
        "severity": event.severity,
        "time": event.time.isoformat(),
        "backup": event.backup,
        "subject": text.subject,
        "meaning": text.meaning,
        "commands": text.commands,
        "logs": logs_of(event.kind, stack),
        "event": key,
        "facts": dict(event.facts),
    }
    filled = {name: str(value) for name, value in attributes.items() if value}  # SNS refuses empty ones
    return Mail(text.subject, text.body, filled, for_machines(document, text.body, key))


def subject_of(severity: str, source: str, *parts: str) -> str:
    """A subject: the most important part first, in ASCII, cut if it is too long."""
    said = (f"[{severity.upper()}] {one_line(source)}", *(part for part in parts if part))
    return one_line(in_ascii(": ".join(said)), _LONGEST_SUBJECT)


def when(moment: datetime) -> str:
    """Write a moment as mails do."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def key_of(event: Event) -> str:
    """Where in the catalog an event is."""
    return keys.event(event.time, event.kind, event.id)


def aligned(texts: Mapping[str, str]) -> Iterator[str]:
    """Yield labels and texts, the texts below each other."""
    width = max((len(label) for label in texts), default=0) + 1
    return (f"{label + ':':{width}} {text}" for label, text in texts.items())
