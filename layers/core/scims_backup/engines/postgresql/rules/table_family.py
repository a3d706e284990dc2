"""Which tables a foreign key ties together, and in which order their rows can be put back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scims_backup.engines.postgresql.rules.names import parts, qualified
from scims_backup.engines.postgresql.rules.proof import Proof

Name = tuple[str, str]
"""Schema and table."""

_QUOTED = r'"(?:[^"]|"")*"'
_REFERENCES = re.compile(rf'FOREIGN KEY \((?:{_QUOTED}|[^")])*\) REFERENCES (?P<parent>.+)', re.DOTALL)
_GOES_WITH = re.compile(r"ON DELETE (CASCADE|SET NULL|SET DEFAULT)")


def parents_of(proof: Proof, tables: Iterable[Name]) -> list[Name]:
    """Return the tables that tables refer to, and those that these refer to, without themselves."""
    refers = _references(proof)
    asked = list(tables)
    found: dict[Name, None] = {}
    waiting = list(asked)
    while waiting:
        for parent in refers.get(waiting.pop(0), ()):
            if parent not in found and parent not in asked:
                found[parent] = None
                waiting.append(parent)
    return list(found)


def gone_with(proof: Proof, tables: Sequence[Name]) -> list[Name]:
    """Return the tables whose rows change when rows of these are deleted, and theirs, and so on."""
    found: dict[Name, None] = {}
    waiting = list(tables)
    while waiting:
        lost = waiting.pop(0)
        for child, parent, definition in _foreign_keys(proof):
            if parent == lost and child not in (*found, *tables) and _GOES_WITH.search(definition):
                found[child] = None
                waiting.append(child)
    return list(found)


def parents_first(proof: Proof, tables: Sequence[Name]) -> list[Name]:
    """Order tables so that each comes after those it refers to, as far as they do not refer to each other."""
    refers = _references(proof)
    ordered: dict[Name, None] = {}
    for table in tables:
        _visit(table, refers, set(tables), ordered, set())
    return list(ordered)


def _visit(
    table: Name,
    refers: Mapping[Name, Sequence[Name]],
    wanted: set[Name],
    ordered: dict[Name, None],
    entered: set[Name],
) -> None:
    """Put a table's parents before it, those among them that are not wanted as links only."""
    if table in ordered or table in entered:
        return
    entered.add(table)
    for parent in refers.get(table, ()):
        _visit(parent, refers, wanted, ordered, entered)
    if table in wanted:
        ordered[table] = None


def _references(proof: Proof) -> dict[Name, list[Name]]:
    refers: dict[Name, list[Name]] = {}
    for child, parent, _ in _foreign_keys(proof):
        if parent != child and parent not in refers.setdefault(child, []):
            refers[child].append(parent)
    return refers


def _foreign_keys(proof: Proof) -> Iterator[tuple[Name, Name, str]]:
    """Yield child, parent and definition of each foreign key."""
    for name, facets in sorted(proof.schema.get("foreign-key", {}).items()):
        definition = str(facets.get("definition", ""))
        found = _REFERENCES.match(definition)
        if found is None:
            continue
        child, parent = parts(name), parts(found["parent"])
        if len(child) > 1 and len(parent) > 1:
            yield (child[0], child[1]), (parent[0], parent[1]), definition


def written(tables: Iterable[Name]) -> list[str]:
    """Write tables as in SQL."""
    return [qualified(*table) for table in tables]
