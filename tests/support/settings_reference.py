"""The table of all settings in docs/cli.md, from their declarations.

`python -m tests.support.settings_reference` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from scims_backup.engines.registry import ENGINES
from scims_backup.ports.engines import HasKeys
from scims_backup.ports.settings_keys import Key, Keys, keys_of
from scims_backup.settings.document import Document
from scims_backup.settings.labels import LabelKeys
from scims_backup.settings.notifying import Receiver
from scims_backup.settings.outside import MachineKeys, StartKeys
from scims_backup.settings.source_keys import SourceTable

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
BEGIN, END = "<!-- all settings -->\n", "<!-- end of all settings -->\n"
_HEAD = "| key | option | variable | default | what |\n|---|---|---|---|---|\n"
_TABLE = re.compile(re.escape(BEGIN) + "(.*?)" + re.escape(END), re.DOTALL)


class Placed(NamedTuple):
    """A key, and its full name in a settings document; '' if it stands in none."""

    name: str
    key: Key


def declared() -> list[Placed]:
    """Return every key that a person may set."""
    tables: list[type[Keys]] = [SourceTable]
    tables += [engine.keys for engine in ENGINES.all() if isinstance(engine, HasKeys)]
    of_source = [key for table in tables for key in keys_of(table)]
    outside = [key for table in (StartKeys, LabelKeys, MachineKeys) for key in keys_of(table)]
    whole = [*_placed("", keys_of(Document)), *_placed("notify.NAME.", keys_of(Receiver))]
    return [*_placed("", outside), *whole, *_placed("sources.NAME.", of_source)]


def rendered() -> str:
    """Return the table."""
    return _HEAD + "".join(map(_row, declared()))


def written() -> str:
    """Return the table as it stands in the documentation."""
    found = _TABLE.search(PAGE.read_text())
    assert found, f"{PAGE} has no {BEGIN.strip()}"
    return found[1]


def _placed(prefix: str, keys: Iterable[Key]) -> Iterator[Placed]:
    for key in keys:
        yield Placed(f"{prefix}{key.name}" if key.name else "", key)
        yield from _placed(f"{prefix}{key.name}.", getattr(key.read, "keys", ()))


def _row(placed: Placed) -> str:
    key = placed.key
    cells = (_code(placed.name), _code(key.option), _code(key.variable), _default(key), key.meaning)
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _default(key: Key) -> str:
    value = key.default
    if isinstance(value, timedelta):
        return f"{value / timedelta(hours=1):g}"
    return _code(value) if isinstance(value, str) else ""


if __name__ == "__main__":
    PAGE.write_text(_TABLE.sub(lambda _: BEGIN + rendered() + END, PAGE.read_text()))
