"""Reading the tables of a settings document by the keys that are declared for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from scims_backup.domain.problems import nearest
from scims_backup.ports.settings_keys import Key, Keys, Written, keys_of

Made = TypeVar("Made")
_WRONG = object()


@dataclass(frozen=True)
class TableOf(Generic[Made]):
    """Reads a table.

    keys: those that it may have
    make: takes their values, those that are set, by the fields' names
    """

    keys: tuple[Key, ...]
    make: Callable[..., Made]

    def __call__(self, written: Written) -> Made:
        """Read a table; what is wrong with it goes to its problems."""
        table = as_table(written)
        made = self.make(**values_in(table, self.keys))
        if isinstance(made, Keys):
            report_conflicts(made, table)
        return made


def table_of(kind: type[Made]) -> TableOf[Made]:
    """Return what reads a dataclass whose fields are keys."""
    return TableOf(keys_of(kind), kind)


def as_table(written: Written) -> Written:
    """Return a table as it is; what is none goes to its problems, and becomes an empty one."""
    empty: Mapping[str, Any] = {}
    return replace(written, value=written.problems.attempt(written.table, empty))


def values_in(table: Written, keys: Sequence[Key]) -> dict[str, Any]:
    """Return what a table says, by the fields' names, without what is wrong: that goes to its problems."""
    entries = table.table()
    refuse_unknown(table, [key.name for key in keys])
    values = {key.field: _value(table.under(key.name), key) for key in keys if key.name in entries}
    for key in keys:
        if key.missing and key.name not in entries:
            table.problems.add(f"{table.at(key.name)} is missing", key.missing)
    return {name: value for name, value in values.items() if value is not _WRONG}


def refuse_unknown(table: Written, known: Sequence[str]) -> None:
    """Note the keys of a table that are not known."""
    for name in table.table():
        if name not in known:
            table.problems.add(f"{table.at(name)} is not known", nearest(name, filter(None, known)))


def report_conflicts(made: Keys, table: Written) -> None:
    """Note what does not go together in a table."""
    for conflict in made.conflicts(table):
        table.problems.add(conflict.message, conflict.cure)


def _value(written: Written, key: Key) -> object:
    return written.problems.attempt(partial(key.read, written), _WRONG)
