"""What findings call a key: its name may be a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scims_backup.engines.redis.rules.records import NEVER, KeyRecord

_DIGITS = 8
"""Hexadecimal digits of a name's hash that are shown."""
_LONGEST = 200
_LATEST = datetime.max.replace(tzinfo=UTC).timestamp() * 1000


@dataclass(frozen=True)
class KeyNames:
    """What findings call keys.

    prefixes: as records number them.
    names: those that may be shown, by what identifies a key in records.
    """

    prefixes: Sequence[str]
    names: Mapping[bytes, bytes] = field(default_factory=dict)

    def of(self, record: KeyRecord) -> str:
        """Name a key, e.g. `key of database 0, session:… (3f2a91bc)`, or `…, "session:42"`."""
        name = self.names.get(record.key)
        shown = self._hidden(record) if name is None else _shown(name)
        return f"key of database {record.database}, {shown}"

    def _hidden(self, record: KeyRecord) -> str:
        prefix = self.prefixes[record.prefix] if record.prefix < len(self.prefixes) else ""
        return f"{f'{prefix}:… ' if prefix else ''}({short(record.name)})"


def _shown(name: bytes) -> str:
    """Write a name in quotes, bytes that are no text and control characters as escapes."""
    text = name.decode(errors="backslashreplace")
    plain = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return f'"{plain[:_LONGEST]}{"…" if len(plain) > _LONGEST else ""}"'


def short(name: bytes) -> str:
    """Return the digits of a name's hash that are shown."""
    return name.hex()[:_DIGITS]


def moment(expiry: int) -> str:
    """Write an expiry in Unix milliseconds, e.g. `2026-11-29T02:00:00.001Z`."""
    if expiry == NEVER:
        return "no expiry"
    if not 0 <= expiry < _LATEST:
        return f"{expiry} ms"
    seconds, milliseconds = divmod(expiry, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z"
