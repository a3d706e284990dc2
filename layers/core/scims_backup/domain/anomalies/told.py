"""What is said of anomalies: an event for each, and a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scims_backup.domain.alert.texts import size
from scims_backup.domain.anomalies.figures import Compared
from scims_backup.domain.anomalies.found import Anomalies
from scims_backup.domain.anomalies.losses import OddTable
from scims_backup.domain.events import MOST_FINDINGS, Kind, Severity
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.words import ROWS_OF_TABLES, Words

_NAMED = 5
"""So many tables are named to people; the event has more."""


@dataclass(frozen=True)
class Told:
    """One anomaly.

    facts: of its event.
    text: what is odd about the backup, to be read after its id.
    """

    kind: Kind
    facts: Mapping[str, object]
    text: str
    severity: Severity = Severity.WARNING


def told(found: Anomalies, nights: Sequence[RunRecord]) -> Iterator[Told]:
    """Yield what is said of the anomalies of the last of some nights."""
    newest = nights[-1]
    words = Words(newest.unit, newest.namespace)
    if found.size:
        yield _in_bytes(Kind.BACKUP_SIZE_ANOMALY, "bytes", "has", found.size)
    if found.stored:
        yield _in_bytes(Kind.STORED_SIZE_ANOMALY, "stored_bytes", "added to the vault:", found.stored)
    if found.duration:
        yield _slow(found.duration)
    before = nights[-2].backup or "" if len(nights) > 1 else ""
    if found.lost:
        yield _lost(found.lost, before, words)
    if found.came or (found.in_all and not _is_explained(found.in_all, found.lost)):
        yield _counted(found, newest, before, words)
    if found.frozen:
        yield _frozen(found.frozen, newest, words)


def _is_explained(in_all: Compared, lost: Sequence[OddTable]) -> bool:
    """Say whether the total has only fallen with the tables that are named already: one cause, one alert."""
    return in_all.found < in_all.expected and bool(lost)


def _in_bytes(kind: Kind, fact: str, verb: str, odd: Compared) -> Told:
    facts = {fact: odd.found, f"expected_{fact}": odd.expected, "compared": odd.nights}
    usual = f"usually {size(odd.expected)} (median of {odd.nights} earlier backups)"
    return Told(kind, facts, f"{verb} {size(odd.found)}, {usual}")


def _slow(odd: Compared) -> Told:
    facts = {"seconds": odd.found, "expected_seconds": odd.expected, "compared": odd.nights}
    took, usual = (str(timedelta(seconds=seconds)) for seconds in (odd.found, odd.expected))
    text = f"took {took}, usually {usual} (median of {odd.nights} earlier backups)"
    return Told(Kind.BACKUP_SLOW, facts, text)


def _lost(lost: Sequence[OddTable], before: str, words: Words) -> Told:
    facts = {
        words.namespaces: [_object(one, words) for one in lost[:MOST_FINDINGS]],
        f"{words.namespaces}_in_all": len(lost),
        "compared_with": before,
        **_in_words(words),
    }
    named = [f"{one.table} {_left(one, words)}" for one in lost[:_NAMED]]
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return Told(Kind.ROWS_LOST, facts, f"lost {words.units}: {', '.join(named)}{more}", Severity.ERROR)


def _counted(found: Anomalies, newest: RunRecord, before: str, words: Words) -> Told:
    """The number of rows in all, and the new tables that are as large as all others."""
    expected = found.in_all.expected if found.in_all else None
    new = list(found.came)
    facts = {
        words.units: found.in_all.found if found.in_all else newest.in_all,
        f"expected_{words.units}": expected,
        words.namespaces: [_object(one, words) for one in found.lost[:MOST_FINDINGS]],
        f"{words.namespaces}_in_all": len(found.lost),
        f"new_{words.namespaces}": new[:MOST_FINDINGS],
        "compared_with": before,
        **_in_words(words),
    }
    total = f"has {facts[words.units]} {words.units}" + (f", usually {expected}" if found.in_all else "")
    came = f"; new {words.namespaces}: {', '.join(new[:_NAMED])}" if new else ""
    return Told(Kind.ROW_COUNT_ANOMALY, facts, f"{total}{came}")


def _frozen(nights: int, newest: RunRecord, words: Words) -> Told:
    facts = {words.units: newest.in_all, "nights": nights, **_in_words(words)}
    text = f"has exactly the {words.units} of the {nights} nights before: is this still the live source?"
    return Told(Kind.ROWS_FROZEN, facts, text)


def _object(one: OddTable, words: Words) -> dict[str, object]:
    name = "table" if words == ROWS_OF_TABLES else "object"
    return {name: one.table, "expected": one.expected, "found": one.found}


def _in_words(words: Words) -> dict[str, str]:
    """The engine's words, where they are not the usual ones."""
    return {} if words == ROWS_OF_TABLES else {"unit": words.unit, "namespace": words.namespace}


def _left(table: OddTable, words: Words) -> str:
    return "is gone" if table.found is None else f"{table.found} {words.units} of {table.expected}"
