"""The keys of events, of what was sent about them, and of the conditions that they open."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scims_backup.domain.backup import moment_of, stamp_of
from scims_backup.domain.keys.stamps import has_stamp

_EVENT = re.compile(r"events/\d{4}/\d\d/\d\d/([^/-]+)-[A-Za-z]+-[^/]+\.json", re.ASCII)
_SENT = re.compile(r"(alerted|notified)/\d{4}/\d\d/\d\d/[^/]+/(?:[^/]+/)?sent\.json", re.ASCII)
_CONDITION = re.compile(r"conditions/([^/]+)/([^/]+)/([0-9]{4,})/([^/]+)\.json")


def events_of(day: datetime) -> str:
    """The prefix of the events of a day, in UTC."""
    return f"events/{day.astimezone(UTC):%Y/%m/%d}/"


def event(moment: datetime, kind: str, event_id: str) -> str:
    """The key of an event, under the day it happened."""
    return f"{events_of(moment)}{stamp_of(moment)}-{kind}-{event_id}.json"


def is_event(key: str) -> bool:
    """Say whether a key is that of an event."""
    return has_stamp(_EVENT.fullmatch(key))


def moment_of_event(key: str) -> datetime:
    """When the event of a key happened."""
    return moment_of(key.rpartition("/")[2].split("-")[0])


def kind_of_event(key: str) -> str:
    """The kind of the event of a key."""
    return key.rpartition("/")[2].split("-")[1]


def alerts_of(day: datetime) -> str:
    """The prefix of what was sent about the events of a day, in UTC."""
    return events_of(day).replace("events/", "alerted/", 1)


def alert_lease(event: str) -> str:
    """The key whose holder alone sends the mail about an event. event: its key."""
    return f"{_alert(event)}lease.json"


def alert_sent(event: str) -> str:
    """The key that says that the mail about an event was sent. event: its key."""
    return f"{_alert(event)}sent.json"


def notices_of(day: datetime) -> str:
    """The prefix of what receivers of `[notify]` got about the events of a day, in UTC."""
    return events_of(day).replace("events/", "notified/", 1)


def is_sent(key: str) -> bool:
    """Say whether a key says that a mail or a notification about an event was sent."""
    return _SENT.fullmatch(key) is not None


def event_of_sent(key: str) -> str:
    """The key of the event that a mail or a notification was sent about."""
    return "events/" + "/".join(key.split("/")[1:5]) + ".json"


def notice_lease(event: str, receiver: str, ended: str = "") -> str:
    """The key whose holder alone notifies a receiver of an event; arguments as of `notice_sent`."""
    return f"{_notice(event)}{receiver}/{f'recovered-{ended}-' if ended else ''}lease.json"


def notice_sent(event: str, receiver: str, ended: str = "") -> str:
    """The key that says that a receiver was notified of an event.

    event: its key.
    ended: the cause that the event ended, if the notification is about that.
    """
    return f"{_notice(event)}{receiver}/{f'recovered-{ended}' if ended else 'sent'}.json"


def needs_no_notice(event: str) -> str:
    """The key that says that nobody needs to be notified of an event. event: its key."""
    return f"{_notice(event)}none.json"


def conditions(source: str = "", cause: str = "") -> str:
    """The prefix of what is known of conditions: of a cause, of a source, or all."""
    return "".join(f"{part}/" for part in ("conditions", source, cause) if part)


def condition_lease(source: str, cause: str) -> str:
    """The key whose holder alone may change the condition of a source and send mails about it."""
    return f"{conditions(source, cause)}lease.json"


def condition_record(source: str, cause: str, number: int, record: str) -> str:
    """The key of a record about a condition. record: its name, e.g. `opened`."""
    return f"{conditions(source, cause)}{number:04}/{record}.json"


def condition_of_key(key: str) -> tuple[str, str, int, str] | None:
    """The source, cause, number and record that a condition's key names; None if it is none."""
    match = _CONDITION.fullmatch(key)
    return (match[1], match[2], int(match[3]), match[4]) if match else None


def _alert(event: str) -> str:
    return f"alerted/{_of_event(event)}"


def _notice(event: str) -> str:
    return f"notified/{_of_event(event)}"


def _of_event(event: str) -> str:
    return f"{event.removeprefix('events/').removesuffix('.json')}/"
