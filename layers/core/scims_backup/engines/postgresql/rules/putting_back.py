"""The SQL that puts the rows of restored tables back into the live ones, to be read and typed by a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scims_backup.engines.postgresql.rules.names import parts, qualified
from scims_backup.engines.postgresql.rules.proof import Facets, Proof
from scims_backup.engines.postgresql.rules.table_family import Name, parents_first

_KEYS = ("primary-key", "unique")
_WITHOUT_EQUALITY = ("json", "xml", "point", "polygon", "path", "line", "box", "circle", "lseg")
"""Types whose values cannot be compared, or compare equal although they differ."""


def statements(proof: Proof, tables: Sequence[Name], schema: str) -> list[str]:
    """Write one INSERT for each table, parents first, in one transaction. schema: of the restored ones."""
    inserts = [_insert(proof, table, schema) for table in parents_first(proof, tables)]
    return ["BEGIN;", "SET CONSTRAINTS ALL DEFERRED;", *inserts, "COMMIT;"]


def _insert(proof: Proof, table: Name, schema: str) -> str:
    columns = [(name, facets) for name, facets in _columns(proof, table) if "generated" not in facets]
    if not columns:
        return f"-- {qualified(*table)} has no columns to copy back"
    names = ", ".join(_quoted(name) for name, _ in columns)
    live, restored = _quoted(*table), _quoted(schema, table[1])
    identity = any(facets.get("identity") == "always" for _, facets in columns)
    overriding = " OVERRIDING SYSTEM VALUE" if identity else ""
    # none of this is run here: the operator reads it first
    into = f"INSERT INTO {live} ({names}){overriding} SELECT {names} FROM {restored}"  # noqa: S608
    if _has_key(proof, table):
        return f"{into} ON CONFLICT DO NOTHING;"
    if any(_lacks_equality(facets) for _, facets in columns):
        return f"{into}; -- {qualified(*table)} has no key: rows that still exist are inserted again"
    return f"{into} EXCEPT ALL SELECT {names} FROM {live};"  # noqa: S608  as above


def _columns(proof: Proof, table: Name) -> Iterator[tuple[str, Facets]]:
    """Yield the columns of a table in their order."""
    found = [
        (named[2], facets)
        for name, facets in proof.schema.get("column", {}).items()
        if len(named := parts(name)) > 2 and (named[0], named[1]) == table  # noqa: PLR2004
    ]
    yield from sorted(found, key=lambda column: (_position(column[1]), column[0]))


def _position(facets: Facets) -> int:
    position = facets.get("position")
    return position if isinstance(position, int) else 0


def _has_key(proof: Proof, table: Name) -> bool:
    of_table = (
        facets
        for kind in (*_KEYS, "index")
        for name, facets in proof.schema.get(kind, {}).items()
        if _is_of(name, kind, facets, table)
    )
    return any(True for _ in of_table)


def _is_of(name: str, kind: str, facets: Facets, table: Name) -> bool:
    if kind in _KEYS:
        return tuple(parts(name)[:2]) == table
    definition = str(facets.get("definition", ""))
    _, on, rest = definition.partition(" ON ")
    whose = parts(rest.removeprefix("ONLY ")) if on else []
    return definition.startswith("CREATE UNIQUE INDEX") and tuple(whose[:2]) == table


def _lacks_equality(facets: Facets) -> bool:
    kind = str(facets.get("type", "")).removesuffix("[]")
    return kind in _WITHOUT_EQUALITY or "." in kind


def _quoted(*names: str) -> str:
    """Quote all parts: a table or column may be called as a word that means something, e.g. `order`."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
