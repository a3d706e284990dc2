"""Tables that are restored by themselves, into a schema of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError, UsageError
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.rules.names import parts, qualified
from scims_backup.engines.postgresql.rules.proof import Proof, Rows
from scims_backup.engines.postgresql.rules.putting_back import statements
from scims_backup.engines.postgresql.rules.table_family import gone_with, parents_of, written

_SCHEMA = "public"


@dataclass(frozen=True)
class Chosen:
    """Chosen tables of a backup; implements ports.Chosen.

    tables: by schema and name.
    schema: of the live database that they go to.
    """

    tables: Sequence[tuple[str, str]]
    schema: str
    parents: Sequence[str] = ()
    children: Sequence[str] = ()
    sql: Sequence[str] = ()


def chosen(proof: Proof, names: Sequence[str], backup: BackupId, *, with_parents: bool = False) -> Chosen:
    """Find the tables asked for, as `items` or `schema.items`, quoted as in SQL; they go to `restored_STAMP`.

    with_parents: those that they refer to, too, and theirs.
    Raise NothingToWorkOnError if the backup has no such table, UsageError if two would get the same name.
    """
    tables = list(dict.fromkeys(_chosen(proof, name) for name in names))
    if with_parents:
        tables += [parent for parent in parents_of(proof, tables) if qualified(*parent) in proof.tables]
    last = [name for _, name in tables]
    twice = sorted({name for name in last if last.count(name) > 1})
    if twice:
        raise UsageError(
            f"two tables are called {', '.join(twice)}, and both would be restored to the same schema",
            "restore one after the other",
        )
    schema = f"restored_{backup.stamp.lower()}"
    return Chosen(
        tables,
        schema,
        parents=written(parents_of(proof, tables)),
        children=written(gone_with(proof, tables)),
        sql=statements(proof, tables, schema),
    )


def _chosen(proof: Proof, name: str) -> tuple[str, str]:
    found = parts(name)
    schema, table = (_SCHEMA, *found) if len(found) == 1 else (found[0], found[-1])
    known = proof.schema.get("table", {}).keys() | proof.tables.keys()
    if qualified(schema, table) not in known:
        raise NothingToWorkOnError(
            f"the backup has no table {qualified(schema, table)}", "write schema.table, quoted as in SQL"
        )
    return schema, table


def differences(expected: Mapping[str, Rows], found: Mapping[str, Rows]) -> Iterator[Finding]:
    """Yield where rows are not those of the proof; both are by the source's names."""
    for name, rows in found.items():
        if name in expected and rows != expected[name]:
            was, here = expected[name], rows
            kind = "rows-differ" if was.rows != here.rows else "content-differs"
            yield Finding(kind, f"table {name}", f"{was.rows} rows", f"{here.rows} rows")
