"""Compare rows, large objects and sequences."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.proof import Proof, Rows, SequenceRange

DIGEST_SHOWN = 12
"""This many digits distinguish two digests in a report: the last ones, since the first are often alike."""

_RELATIONS = ("table", "foreign-table", "materialized-view", "view")


def compare_rows(
    expected: Proof, found: Proof, of_users: Collection[str] = ()
) -> Iterator[Finding | NotChecked]:
    """Yield what differs in the content of tables, large objects and sequences.

    of_users: tables that users made part of an extension.
    """
    yield from _level(expected, found)
    for name, rows in expected.tables.items():
        if name in found.tables:
            yield from _table(name, rows, found.tables[name])
        else:
            yield from _absent(name, found)
    for name in found.tables.keys() - expected.tables.keys():
        if not _known(name, expected):
            yield Finding("table-unexpected", f"table {name}", "missing", "present")
    yield from _large_objects(expected.large_objects, found.large_objects)
    yield from _reported(expected, found, of_users)
    yield from _sequences(expected, found)


def _level(expected: Proof, found: Proof) -> Iterator[NotChecked]:
    where = {"the proof": expected.level, "this comparison": found.level}
    for what, level in where.items():
        if level is Level.COUNTS:
            yield NotChecked("content of rows", f"{what} was taken at level counts")


def _table(name: str, expected: Rows, found: Rows) -> Iterator[Finding]:
    if expected.rows != found.rows:
        yield Finding("rows-differ", f"table {name}", _count(expected), _count(found))
    elif _digests_differ(expected, found):
        yield Finding("content-differs", f"table {name}", _content(expected), _content(found))


def _absent(name: str, found: Proof) -> Iterator[Finding | NotChecked]:
    if _known(name, found):
        if name not in found.unjudged and f"table {name}" not in found.unjudged:
            yield NotChecked(f"table {name}", "its rows were not read here")
    else:
        yield Finding("table-missing", f"table {name}", "present", "missing")


def _known(name: str, proof: Proof) -> bool:
    return any(name in proof.schema.get(kind, {}) for kind in _RELATIONS)


def _large_objects(expected: Rows, found: Rows) -> Iterator[Finding]:
    if expected.rows != found.rows:
        pair = (f"{expected.rows} large objects", f"{found.rows} large objects")
        yield Finding("large-objects-differ", "large objects", *pair)
    elif _digests_differ(expected, found):
        yield Finding("large-objects-differ", "large objects", _content(expected), _content(found))


def _reported(expected: Proof, found: Proof, of_users: Collection[str]) -> Iterator[Finding | NotChecked]:
    for name, rows in expected.reported.items():
        here = found.reported.get(name)
        if here is None:
            yield from _without_table(name, rows, expected, found)
        elif name in of_users:
            yield from _table(name, rows, here)
        elif rows.rows != here.rows or _digests_differ(rows, here):
            yield NotChecked(
                f"content of {name}",
                f"{_content(rows)} in the source, {_content(here)} here: {_why(name, expected)}",
            )


def _why(name: str, expected: Proof) -> str:
    if name in (expected.members or {}).get("table", {}):
        return "its extension excludes them from dumps"
    return "a restore creates it again"


def _without_table(name: str, rows: Rows, expected: Proof, found: Proof) -> Iterator[Finding | NotChecked]:
    """An extension's table that is not here, with its rows; proofs did not keep whose it is at first."""
    if not rows.rows or name in expected.schema.get("materialized-view", {}) or _known(name, found):
        return
    extension = (expected.members or {}).get("table", {}).get(name, {}).get("extension")
    versions = [side.server.facts.get(f"extension {extension}") for side in (expected, found)]
    if extension is not None and versions[0] == versions[1]:
        yield Finding("rows-differ", f"table {name}", _count(rows), "no such table")
    else:
        yield NotChecked(f"content of {name}", f"{_count(rows)} in the source, no such table here")


def _sequences(expected: Proof, found: Proof) -> Iterator[Finding | NotChecked]:
    for name, at in expected.sequences.items():
        here = found.sequences.get(name)
        if here is not None:
            if not (at.lowest <= here.lowest and here.highest <= at.highest):
                yield Finding("sequence-out-of-range", f"sequence {name}", _range(at), _range(here))
        elif name in found.schema.get("sequence", {}):
            yield NotChecked(f"sequence {name}", "its current value was not read here")
        elif name not in expected.schema.get("sequence", {}):
            yield Finding("sequence-missing", f"sequence {name}", "present", "missing")


def _digests_differ(expected: Rows, found: Rows) -> bool:
    return expected.digest is not None and found.digest is not None and expected.digest != found.digest


def _count(rows: Rows) -> str:
    return "1 row" if rows.rows == 1 else f"{rows.rows} rows"


def _content(rows: Rows) -> str:
    return (
        _count(rows) if rows.digest is None else f"{_count(rows)} with digest {rows.digest[-DIGEST_SHOWN:]}"
    )


def _range(at: SequenceRange) -> str:
    return str(at.lowest) if at.lowest == at.highest else f"between {at.lowest} and {at.highest}"
