"""The status of sources on a screen: a block for each of a few, a row for each of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scims_backup.cli.sparkline import sparkline
from scims_backup.cli.writing import STANDINGS, write_hanging, write_judged
from scims_backup.domain.health_rules import span
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.status import Judged, NextRun, OpenAlert, Seen, SourceStatus, Standing, judged, worst
from scims_backup.runtime.progress import text
from scims_backup.usecases.reports.read_statuses import Statuses

_BLOCKS = 5
"""Of so many sources each has a block; of more, those that are fine have a row each."""
_ROWS = 20
"""Rows of sources that are fine; the others are counted."""
_WIDE, _NIGHTS, _FEW_NIGHTS = 100, 30, 10
"""From so many columns on, a row shows the bars of all nights, otherwise of the last ones."""
_ORDER = (Standing.CRITICAL, Standing.WARNING, Standing.FINE)
_INDENT, _NAME = 10, 12
"""Columns before a source's facts, and of their names."""


@dataclass(frozen=True)
class _Shown:
    """A source, and what is judged of it."""

    status: SourceStatus
    judgements: Sequence[Judged]
    standing: Standing


def write_statuses(console: Console, statuses: Statuses, requests: int) -> None:
    """Write what is wrong first, with what to do, and last how many sources stand how."""
    shown = [_shown(one) for one in statuses.sources]
    shown.sort(key=lambda one: (_ORDER.index(one.standing), one.status.source))
    blocks = shown if len(shown) <= _BLOCKS else [one for one in shown if one.standing is not Standing.FINE]
    for source, error in sorted(statuses.broken.items()):
        _write_head(console, Standing.CRITICAL, source)
        _write_line(console, text.printable(error.message))
        _write_cure(console, error.cure)
    for one in blocks:
        _write_block(console, one)
    _write_rows(console, [one for one in shown if one not in blocks])
    for problem in statuses.problems:
        _write_line(console, Text.assemble(("problem  ", "bold red"), text.printable(problem)), 0)
    _write_end(console, shown, len(statuses.broken), requests)


def _shown(status: SourceStatus) -> _Shown:
    judgements = judged(status)
    return _Shown(status, judgements, worst(judgements))


def _write_end(console: Console, shown: Sequence[_Shown], broken: int, requests: int) -> None:
    counts = Counter(one.standing for one in shown)
    counts[Standing.CRITICAL] += broken
    said = [f"{counts[standing]} {STANDINGS[standing][0].lower()}" for standing in _ORDER if counts[standing]]
    sources = (
        ", ".join(said) if said else "no source has a backup yet: take the first one, scims-backup backup"
    )
    requested = f"{text.number(requests)} request{'s' * (requests != 1)}"
    _write_line(console, Text.assemble(sources, (f"; {requested}", "dim")), 0)


def _write_block(console: Console, one: _Shown) -> None:
    _write_head(console, one.standing, one.status.source)
    for name, fact in _facts(one.status):
        line = Text.assemble((f"{name:<{_NAME}}", "dim"), text.printable(fact))
        write_hanging(console, line, _INDENT + _NAME, first=_INDENT)
    for judgement in _worth_saying(one):
        short = replace(judgement, message=_short(one.status, judgement.message))
        write_judged(console, short, _INDENT)


def _worth_saying(one: _Shown) -> list[Judged]:
    """What is not fine; before the first backup what comes next, and nothing more."""
    if one.status.newest is None and one.standing is Standing.FINE:
        return list(one.judgements[:1])
    return [judgement for judgement in one.judgements if judgement.standing is not Standing.FINE]


def _facts(status: SourceStatus) -> Iterator[tuple[str, str]]:
    yield from _ages(status)
    yield from _runs(status)
    yield from _sizes(status)
    if status.alerts:
        yield "alerts", ", ".join(map(_alert, status.alerts))
    if status.due:
        yield "next", ", ".join(_next(one, status) for one in status.due)


def _alert(one: OpenAlert) -> str:
    return f"{one.kind} (acknowledged)" if one.acknowledged else one.kind


def _ages(status: SourceStatus) -> Iterator[tuple[str, str]]:
    promised = status.promised
    if status.newest is not None:
        yield "newest", _aged(status, status.newest, promised.backup_age)
        yield "proven", _aged(status, status.proven, promised.proof_age)
    if status.copies:
        yield "copied", _aged(status, status.copied, promised.copy_age)


def _runs(status: SourceStatus) -> Iterator[tuple[str, str]]:
    took, allowed = status.restore_time, status.promised.restore_time
    if status.last_drill is not None:
        yield "last drill", _drill(status, status.last_drill)
    if took is not None:
        limit = f", limit {span(allowed)}" if allowed else ""
        yield "restore", f"{text.duration(took.total_seconds())} in a drill{limit}"
    if status.last_restore is not None:
        yield "restored", f"{status.last_restore.result} {_ago(status, status.last_restore)}"


def _sizes(status: SourceStatus) -> Iterator[tuple[str, str]]:
    if status.nights:
        yield "nights", sparkline(night.bytes for night in status.nights)
    if status.archive_bytes is not None:
        yield "size", _size(status)
    if status.stored_in_all is not None:
        yield "stored", _stored(status)


def _aged(status: SourceStatus, seen: Seen | None, allowed: timedelta) -> str:
    if seen is None:
        return f"none yet, limit {span(allowed)}"
    return f"{seen.backup.stamp}, {span(status.at - seen.taken)} old, limit {span(allowed)}"


def _drill(status: SourceStatus, drill: RunRecord) -> str:
    of = _short(status, drill.backup or "")
    return f"{drill.result} {_ago(status, drill)}, of {of}"


def _ago(status: SourceStatus, run: RunRecord) -> str:
    return f"{span(status.at - run.ended)} ago"


def _size(status: SourceStatus) -> str:
    parts = [text.size(status.archive_bytes or 0)]
    if status.stored_bytes is not None:
        parts.append(f"{text.size(status.stored_bytes)} new in the vault")
    if status.in_all is not None:
        parts.append(f"{text.number(status.in_all)} {status.unit}{'s' * (status.in_all != 1)}")
    return ", ".join(parts)


def _stored(status: SourceStatus) -> str:
    quota = f" of {text.size(status.promised.quota)}" if status.promised.quota else ""
    day = f", full on {status.quota_day}" if status.quota_day else ""
    return f"{text.size(status.stored_in_all or 0)}{quota}{day}"


def _next(one: NextRun, status: SourceStatus) -> str:
    word = "at" if status.next_runs else "due by"
    return f"{one.what} {word} {one.at:%Y-%m-%d %H:%M} UTC"


def _short(status: SourceStatus, message: str) -> str:
    """A text about one source, with the stamps of its backups alone."""
    return message.replace(f"{status.source}-2", "2")


def _write_rows(console: Console, fine: Sequence[_Shown]) -> None:
    if not fine:
        return
    nights = _NIGHTS if console.width >= _WIDE else _FEW_NIGHTS
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("")
    table.add_column("SOURCE", overflow="fold")
    for name in ("NEWEST", "PROVEN", "SIZE", f"{nights} NIGHTS"):
        table.add_column(name, no_wrap=True, justify="right" if name == "SIZE" else "left")
    for one in fine[:_ROWS]:
        table.add_row(*_row(one.status, nights))
    console.print(table)
    if len(fine) > _ROWS:
        _write_line(console, f"… and {len(fine) - _ROWS} more, all ok", 0)


def _row(status: SourceStatus, nights: int) -> tuple[Text | str, ...]:
    return (
        Text(*STANDINGS[Standing.FINE]),
        status.source,
        span(status.at - status.newest.taken) if status.newest else "none yet",
        span(status.at - status.proven.taken) if status.proven else "none yet",
        text.size(status.archive_bytes) if status.archive_bytes is not None else "",
        sparkline(night.bytes for night in status.nights[-nights:]),
    )


def _write_head(console: Console, standing: Standing, source: str) -> None:
    word, style = STANDINGS[standing]
    console.print(Text.assemble((f"{word:<{_INDENT}}", style), (source, "bold")))


def _write_line(console: Console, line: Text | str, indent: int = _INDENT) -> None:
    write_hanging(console, Text(line) if isinstance(line, str) else line, indent, first=indent)


def _write_cure(console: Console, cure: str) -> None:
    if cure:
        cured = Text(f"→ {text.printable(cure)}", "dim")
        write_hanging(console, cured, _INDENT + 2, first=_INDENT)
