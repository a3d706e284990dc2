"""The mail about an event, for somebody who reads it at three in the morning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from string import Formatter

from scims_backup.domain import keys
from scims_backup.domain.alert.facts import headline, listed, named, scalars
from scims_backup.domain.alert.texts import in_ascii, lines, one_line
from scims_backup.domain.alert.wording import Wording, wording_of
from scims_backup.domain.backup import BackupId, checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.domain.events import Event, Kind, Severity

_LONGEST_SUBJECT = 99
"""SNS takes less than a hundred characters, ASCII, in one line."""
_MOST_BYTES = 150_000
"""Of what the facts take in a mail; SNS takes 256 KiB for the whole message."""
_TOLD_APART = ("message", "reason", "cure", "drill")
_ARN = re.compile(r"arn:[\w:.-]+", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{32}")
_WITH_REPORT = (Kind.DRILL_PASSED, Kind.DRILL_FAILED, Kind.DRILL_INCONCLUSIVE)


@dataclass(frozen=True)
class Mail:
    """A mail in plain text.

    attributes: what subscribers can filter by.
    """

    subject: str
    body: str
    attributes: Mapping[str, str]


def mail_for(event: Event) -> Mail | None:
    """The mail about an event; None if the event requires none."""
    if event.severity is Severity.INFO and not _has_warnings(event):
        return None
    wording = wording_of(event)
    attributes = {"kind": event.kind, "severity": event.severity, "source": one_line(event.source)}
    filled = {name: str(value) for name, value in attributes.items() if value}  # SNS refuses empty ones
    return Mail(_subject(event, wording), "\n".join(_body(event, wording)) + "\n", filled)


def _has_warnings(event: Event) -> bool:
    return event.kind is Kind.BACKUP_COMPLETED and bool(event.facts.get("warnings"))


def _subject(event: Event, wording: Wording) -> str:
    said = headline(event.facts) or _filled(wording.headline, scalars(event.facts))
    if wording.is_brief:
        said = said.partition(". ")[0]
    parts = (f"[{event.severity.upper()}] {one_line(event.source)}", wording.title, said)
    return one_line(in_ascii(": ".join(part for part in parts if part)), _LONGEST_SUBJECT)


def _body(event: Event, wording: Wording) -> Iterator[str]:
    yield f"{wording.title.upper()} ({event.severity})"
    yield ""
    yield wording.meaning
    yield ""
    yield from _aligned(_about(event))
    yield ""
    yield from _within(_MOST_BYTES, _told(event.facts))
    yield "What to do:"
    cure = event.facts.get("cure")
    yield from (f"  {line}" for line in lines(cure if isinstance(cure, str) else ""))
    yield f"  {wording.advice}"
    yield from (f"    {command}" for command in _commands(event, wording))
    yield ""
    yield "In the catalog:"
    yield from (f"  {line}" for line in _aligned(_places(event)))


def _about(event: Event) -> dict[str, str]:
    """What the event is about: its source, backup and drill, and its time."""
    drill = event.facts.get("drill")
    found = {
        "Source": one_line(event.source),
        "Backup": one_line(event.backup or ""),
        "Drill": one_line(drill) if isinstance(drill, str) else "",
        "When": f"{event.time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
    }
    return {label: text for label, text in found.items() if text}


def _told(facts: Mapping[str, object]) -> Iterator[str]:
    """Yield the facts: texts, then lists, then the rest, each followed by an empty line."""
    for name in ("message", "reason"):
        text = facts.get(name)
        if isinstance(text, str) and text.strip():
            yield "What happened:" if name == "message" else "Why:"
            yield from (f"  {line}" for line in lines(text))
            yield ""
    yield from listed(facts)
    others = list(_aligned(named(facts, _TOLD_APART)))
    yield from [*others, ""] if others else []


def _within(most: int, told: Iterable[str]) -> Iterator[str]:
    """Yield lines until they exceed this many bytes."""
    for line in told:
        most -= len(line.encode())
        if most < 0:
            yield "(Truncated: read the rest of the event in the catalog.)"
            yield ""
            return
        yield line


def _commands(event: Event, wording: Wording) -> Iterator[str]:
    """Yield the commands whose values are all known and cannot contain another command."""
    topic, digest = event.facts.get("topic"), event.facts.get("digest")
    known = {
        "source": event.source if _is_source(event.source) else "",
        "backup": str(_backup(event.backup) or ""),
        "held": str(_backup(event.facts.get("held")) or ""),
        "topic": topic if isinstance(topic, str) and _ARN.fullmatch(topic) else "",
        "digest": digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else "",
    }
    for command in wording.commands:
        if filled := _filled(command, {name: text for name, text in known.items() if text}):
            yield filled


def _places(event: Event) -> dict[str, str]:
    """Where to read more in the catalog."""
    places = {}
    backup, drill = _backup(event.backup), event.facts.get("drill")
    if backup is not None and isinstance(drill, str) and event.kind in _WITH_REPORT:
        places["Report"] = one_line(keys.drill_report(backup, drill))
    if backup is not None and event.kind is Kind.BACKUP_COMPLETED:
        places["Manifest"] = keys.manifest(backup)
    return {**places, "Event": one_line(keys.event(event.time, event.kind, event.id))}


def _aligned(texts: Mapping[str, str]) -> Iterator[str]:
    width = max((len(label) for label in texts), default=0) + 1
    return (f"{label + ':':{width}} {text}" for label, text in texts.items())


def _filled(template: str, known: Mapping[str, str]) -> str:
    """Fill in a template; empty if a value is missing."""
    wanted = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format_map(known) if all(name in known for name in wanted) else ""


def _backup(text: object) -> BackupId | None:
    try:
        return BackupId.parse(text) if isinstance(text, str) else None
    except UsageError:
        return None


def _is_source(name: str) -> bool:
    try:
        return bool(checked_source_name(name))
    except UsageError:
        return False
