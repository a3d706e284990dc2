"""The mail about an event, for somebody who reads it at three in the morning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from string import Formatter

from scims_backup.domain import keys
from scims_backup.domain.alert.facts import headline, listed, named, scalars
from scims_backup.domain.alert.logs import logs_of
from scims_backup.domain.alert.message import Mail, State, Text, aligned, key_of, mail_about, subject_of, when
from scims_backup.domain.alert.texts import lines, one_line
from scims_backup.domain.alert.wording import Wording
from scims_backup.domain.alert.wordings import wording_of
from scims_backup.domain.backup import backup_named, is_source_name
from scims_backup.domain.conditions import Cause, cause_of
from scims_backup.domain.events import Event, Kind, Severity

_MOST_BYTES = 75_000
"""Of what the facts take in a mail; SNS takes 256 KiB in all, and quotes count twice."""
_TOLD_APART = ("message", "reason", "cure", "drill")
_ARN = re.compile(r"arn:[\w:.-]+", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{32}")
_WITH_REPORT = (Kind.DRILL_PASSED, Kind.DRILL_FAILED, Kind.DRILL_INCONCLUSIVE)


def mail_for(event: Event, stack: str = "") -> Mail | None:
    """The mail about an event; None if the event requires none. stack: of AWS, empty for none."""
    if event.severity is Severity.INFO and not _has_warnings(event):
        return None
    wording = wording_of(event)
    text = Text(
        _subject(event, wording),
        "\n".join(_body(event, wording, stack)) + "\n",
        wording.meaning,
        tuple(commands_for(event)),
    )
    return mail_about(event, State.OPENED if cause_of(event) else State.NOTICE, text, stack)


def trial_mail(sources: Iterable[str]) -> Mail:
    """The mail that shows whether a receiver gets what is sent to it. sources: their names."""
    subject = subject_of("test", f"scims-backup can notify you about {', '.join(sources)}")
    body = "This is a test. Nothing happened, and there is nothing to do.\n"
    return Mail(subject, body, {"severity": Severity.INFO})


def _has_warnings(event: Event) -> bool:
    return event.kind is Kind.BACKUP_COMPLETED and bool(event.facts.get("warnings"))


def in_short(event: Event) -> str:
    """The most important fact of an event in one line; may be empty."""
    wording = wording_of(event)
    said = headline(event.facts) or _filled(wording.headline, scalars(event.facts))
    return said.partition(". ")[0] if wording.is_brief else said


def acknowledging(source: str, cause: Cause) -> str:
    """The command that silences the reminders of a condition."""
    return f"scims-backup ack {cause} --source {source}"


def _subject(event: Event, wording: Wording) -> str:
    return subject_of(event.severity, event.source, wording.title, in_short(event))


def _body(event: Event, wording: Wording, stack: str) -> Iterator[str]:
    yield f"{wording.title.upper()} ({event.severity})"
    yield ""
    yield wording.meaning
    yield ""
    yield from aligned(_about(event))
    yield ""
    yield from _within(_MOST_BYTES, _told(event.facts))
    yield "What to do:"
    cure = event.facts.get("cure")
    yield from (f"  {line}" for line in lines(cure if isinstance(cure, str) else ""))
    yield f"  {wording.advice}"
    yield from (f"    {command}" for command in commands_for(event))
    yield ""
    yield "Logs:"
    yield from (f"  {place}" for place in logs_of(event.kind, stack))
    yield ""
    yield "In the catalog:"
    yield from (f"  {line}" for line in aligned(_places(event)))
    if stack and (cause := cause_of(event)):  # without AWS nobody is reminded
        yield ""
        yield "A reminder follows each day until this has recovered. To silence the reminders:"
        yield f"    {acknowledging(event.source, cause)}"


def _about(event: Event) -> dict[str, str]:
    """What the event is about: its source, backup and drill, and its time."""
    drill = event.facts.get("drill")
    found = {
        "Source": one_line(event.source),
        "Backup": one_line(event.backup or ""),
        "Drill": one_line(drill) if isinstance(drill, str) else "",
        "When": when(event.time),
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
    others = list(aligned(named(facts, _TOLD_APART)))
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


def commands_for(event: Event) -> Iterator[str]:
    """Yield the commands to type next, of which all values are known and none can contain another command."""
    topic, digest = event.facts.get("topic"), event.facts.get("digest")
    known = {
        "source": event.source if is_source_name(event.source) else "",
        "backup": str(event.about or ""),
        "held": str(backup_named(event.facts.get("held")) or ""),
        "topic": topic if isinstance(topic, str) and _ARN.fullmatch(topic) else "",
        "digest": digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else "",
    }
    for command in wording_of(event).commands:
        if filled := _filled(command, {name: text for name, text in known.items() if text}):
            yield filled


def _places(event: Event) -> dict[str, str]:
    """Where to read more in the catalog."""
    places = {}
    backup, drill = event.about, event.facts.get("drill")
    if backup is not None and isinstance(drill, str) and event.kind in _WITH_REPORT:
        places["Report"] = one_line(keys.drill_report(backup, drill))
    if backup is not None and event.kind is Kind.BACKUP_COMPLETED:
        places["Manifest"] = keys.manifest(backup)
    return {**places, "Event": one_line(key_of(event))}


def _filled(template: str, known: Mapping[str, str]) -> str:
    """Fill in a template; empty if a value is missing."""
    wanted = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format_map(known) if all(name in known for name in wanted) else ""
