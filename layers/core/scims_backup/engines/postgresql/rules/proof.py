"""The proof: what the source held at the dump's own snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scims_backup.domain.decoding import ALWAYS, decoded_by
from scims_backup.domain.documents import decoded
from scims_backup.domain.engine_names import CUSTOM, POSTGRESQL, MadeBy, parsed_with_engine
from scims_backup.domain.holdings import Holdings
from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.rules.holdings import rows_by_table
from scims_backup.engines.postgresql.rules.schema_document import schema_in
from scims_backup.ports.proofs import Measure

MADE_BY = MadeBy(POSTGRESQL, CUSTOM)

Facet = str | int | bool | None | list[str]
Facets = Mapping[str, Facet]
"""What is true of one object of the schema; a list is a set, sorted."""
Schema = Mapping[str, Mapping[str, Facets]]
"""kind → qualified name → facets."""


@dataclass(frozen=True)
class Rows:
    """The rows of one table, or of all large objects; digest is None at level counts."""

    rows: int
    digest: str | None


@dataclass(frozen=True)
class SequenceRange:
    """Where a sequence stood before and after the dump, as the last value it handed out.

    Sequences are not transactional, so the dump's own value lies somewhere in between.
    """

    lowest: int
    highest: int


_EVALUATED = "evaluated by "


def evaluated_by(setting: str) -> str:
    """Name the fact that says what a session's setting was, by which definitions are evaluated."""
    return _EVALUATED + setting


def is_evaluated_by(fact: str) -> bool:
    """Say whether a fact is such a setting, which a restored database gets by its own settings."""
    return fact.startswith(_EVALUATED)


@dataclass(frozen=True)
class Server:
    """What a sandbox must resemble.

    version_num: as PostgreSQL's server_version_num
    bootstrap_role: the role whose OID is 10
    """

    version: str
    version_num: int
    database: str
    encoding: str
    bootstrap_role: str
    facts: Mapping[str, str] = field(default_factory=dict, metadata=ALWAYS)

    @property
    def major(self) -> int:
        """The server's major version, e.g. 15."""
        return self.version_num // 10000


@dataclass(frozen=True, order=True)
class Unheld:
    """Something about an extension's object that no archive holds.

    why: what shows that, e.g. `needs function public.f()`
    breaks: no archive of this source can be restored, since why is the OID of a role that was dropped, which
        the extension's first grants still name
    """

    object: str
    extension: str
    why: str
    breaks: bool = field(default=False, metadata=ALWAYS)


@dataclass(frozen=True)
class Proof:
    """Everything that a restored database is compared with.

    tables: qualified name → rows, judged for equality
    reported: qualified name → rows of what a restore may change harmlessly (materialized views)
    unjudged: object → why nothing was read of it
    members: the objects of extensions, and what is attached to them, each with its extension's name; None in
        proofs from before they were kept
    unheld: what the catalog shows to be in no archive
    """

    level: Level
    server: Server
    tables: Mapping[str, Rows]
    sequences: Mapping[str, SequenceRange]
    large_objects: Rows
    schema: Schema = field(metadata=decoded_by(schema_in))
    reported: Mapping[str, Rows] = field(default_factory=dict, metadata=ALWAYS)
    unjudged: Mapping[str, str] = field(default_factory=dict, metadata=ALWAYS)
    members: Schema | None = field(default=None, metadata=decoded_by(schema_in))
    unheld: Sequence[Unheld] = ()

    def counts(self) -> dict[str, int]:
        """How many things of each sort the proof holds."""
        return {
            "tables": len(self.tables),
            "rows": sum(table.rows for table in self.tables.values()),
            "large_objects": self.large_objects.rows,
            "sequences": len(self.sequences),
            "objects": sum(len(objects) for objects in self.schema.values()),
        }

    def identity(self) -> dict[str, str]:
        """The server's version, and the database."""
        return {"version": self.server.version, "database": self.server.database}

    def holdings(self) -> Holdings:
        """How many rows each table has."""
        return rows_by_table({name: rows.rows for name, rows in self.tables.items()}, self.schema)

    def measure(self) -> Measure:
        """How many rows a restore brings back, and how many proving reads again."""
        restored = sum(table.rows for table in self.tables.values())
        return Measure(restored, restored + sum(table.rows for table in self.reported.values()))

    def to_bytes(self) -> bytes:
        """Write the document (before compression), the same bytes for the same proof."""
        document = {
            "version": MADE_BY.version,
            **vars(MADE_BY),
            "level": self.level,
            "server": vars(self.server),
            "tables": _rows_out(self.tables),
            "sequences": {name: vars(at) for name, at in self.sequences.items()},
            "large_objects": vars(self.large_objects),
            "schema": self.schema,
            "reported": _rows_out(self.reported),
            "unjudged": self.unjudged,
            **({} if self.members is None else {"members": self.members}),
            **({"unheld": [vars(one) for one in self.unheld]} if self.unheld else {}),
        }
        return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Proof:
        """Read a document stored under `name`. Raise DocumentError if damaged, newer, or another engine's."""
        document, made_by = parsed_with_engine(data, name)
        made_by.refuse_unknown(name, {POSTGRESQL: CUSTOM})
        return decoded(cls, document, name)


def _rows_out(tables: Mapping[str, Rows]) -> dict[str, Any]:
    return {name: vars(rows) for name, rows in tables.items()}
