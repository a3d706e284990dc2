"""In which passes indexes and constraints are restored, so that who works at once does not lock others out.

Attaching a partition's index locks the index above it and tables of the same family, in an order that
pg_restore does not know of: beside others of that family PostgreSQL sees a deadlock, and ends one of them.
Event triggers come last: one that fires always would refuse what follows it, such as the content of
materialized views.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_INDEX_OR_KEY = re.compile(r"^\d+; \d+ \d+ (INDEX|CONSTRAINT) (?!ATTACH )")
_EVENT_TRIGGER = re.compile(r"^\d+; \d+ \d+ ((COMMENT|SECURITY LABEL) - )?EVENT TRIGGER ")
_ATTACHED = re.compile(r"^\d+; \d+ \d+ INDEX ATTACH ")


@dataclass(frozen=True)
class Pass:
    """Entries of a table of contents, for pg_restore's --use-list. at_once: several jobs may work on them."""

    entries: Sequence[str]
    at_once: bool


def passes(contents: Sequence[str]) -> Iterator[Pass]:
    """Yield the passes in their order: what is attached comes alone, after all that it needs.

    contents: every entry, as pg_restore --list writes them; other sections' may be among them.
    """
    triggers = [line for line in contents if _EVENT_TRIGGER.match(line)]
    yield from _before_event_triggers([line for line in contents if not _EVENT_TRIGGER.match(line)])
    if triggers:
        yield Pass(triggers, at_once=False)


def _before_event_triggers(contents: Sequence[str]) -> Iterator[Pass]:
    attached = [line for line in contents if _ATTACHED.match(line)]
    if not attached:
        yield Pass(contents, at_once=True)
        return
    yield Pass([line for line in contents if _INDEX_OR_KEY.match(line)], at_once=True)
    yield Pass(attached, at_once=False)
    rest = [line for line in contents if not _INDEX_OR_KEY.match(line) and not _ATTACHED.match(line)]
    yield Pass(rest, at_once=True)
