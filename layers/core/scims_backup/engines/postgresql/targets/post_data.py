"""In which passes indexes and constraints are restored, so that who works at once does not lock others out.

Attaching a partition's index locks the index above it and tables of the same family, in an order that
pg_restore does not know of: beside others of that family PostgreSQL sees a deadlock, and ends one of them.

A trigger that a partition inherits is in the archive if it is switched otherwise there (ALWAYS, REPLICA,
off). The archive does not say that the parent's comes first: pg_restore may switch what is not there yet.

Materialized views come after all that they may read. In which order, an archive cannot say of those that
read another one through a function.

Event triggers come last: one that fires always would refuse what follows it, such as the content of
materialized views.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

_INDEX_OR_KEY = re.compile(r"^\d+; \d+ \d+ (INDEX|CONSTRAINT) (?!ATTACH )")
_REFRESH = re.compile(r"^\d+; \d+ \d+ MATERIALIZED VIEW DATA ")
_EVENT_TRIGGER = re.compile(r"^\d+; \d+ \d+ ((COMMENT|SECURITY LABEL) - )?EVENT TRIGGER ")
_ATTACHED = re.compile(r"^\d+; \d+ \d+ INDEX ATTACH ")
_TRIGGER = re.compile(r"^\d+; \d+ \d+ TRIGGER (?P<table>.+)")
_DEPTHS = """
SELECT n.nspname || ' ' || c.relname || ' ',
       (SELECT pg_catalog.count(*) - 1 FROM pg_catalog.pg_partition_ancestors(c.oid))
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f')
"""


@dataclass(frozen=True)
class Pass:
    """Entries of a table of contents, for pg_restore's --use-list.

    at_once: several jobs may work on them
    again: one that is refused may succeed after others
    """

    entries: Sequence[str]
    at_once: bool
    again: bool = False


def partition_depths(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, int]:
    """How deep each partition is below its root, by `schema table ` as an archive's contents name it."""
    return {_in_a_line(table): depth for table, depth in connection.execute(_DEPTHS)}


def passes(contents: Sequence[str], depths: Mapping[str, int]) -> Iterator[Pass]:
    """Yield the passes in their order: what is attached or inherited comes alone, after all that it needs.

    contents: every entry, as pg_restore --list writes them; other sections' may be among them.
    depths: of the partitions, as `partition_depths` reads them.
    """
    last = [line for line in contents if _EVENT_TRIGGER.match(line)]
    refreshes = [line for line in contents if _REFRESH.match(line)]
    later = {*last, *refreshes}
    yield from _before_refreshes([line for line in contents if line not in later], depths)
    if refreshes:
        yield Pass(refreshes, at_once=True, again=True)
    if last:
        yield Pass(last, at_once=False)


def _before_refreshes(contents: Sequence[str], depths: Mapping[str, int]) -> Iterator[Pass]:
    attached = [line for line in contents if _ATTACHED.match(line)]
    triggers = _triggers(contents, depths)
    apart = {*attached, *triggers}
    rest = [line for line in contents if line not in apart]
    if attached:
        yield Pass([line for line in rest if _INDEX_OR_KEY.match(line)], at_once=True)
        yield Pass(attached, at_once=False)
        rest = [line for line in rest if not _INDEX_OR_KEY.match(line)]
    if triggers:
        yield Pass(triggers, at_once=False)
    yield Pass(rest, at_once=True)


def _triggers(contents: Sequence[str], depths: Mapping[str, int]) -> list[str]:
    """All triggers, the roots' first; none where no partition has one of its own."""
    found = {line: _depth(match["table"], depths) for line in contents if (match := _TRIGGER.match(line))}
    return sorted(found, key=found.__getitem__) if any(found.values()) else []


def _depth(entry: str, depths: Mapping[str, int]) -> int:
    """How deep a trigger's table is; where names with blanks can be read in several ways, the deepest."""
    return max((depth for table, depth in depths.items() if entry.startswith(table)), default=0)


def _in_a_line(name: str) -> str:
    """As pg_restore --list writes a name that has line breaks."""
    return name.replace("\n", " ").replace("\r", " ")
