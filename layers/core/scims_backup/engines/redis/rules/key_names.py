"""What findings call a key: its name may be a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scims_backup.engines.redis.rules.records import NEVER, KeyRecord

_DIGITS = 8
"""Hexadecimal digits of a name's hash that are shown."""
_LATEST = datetime.max.replace(tzinfo=UTC).timestamp() * 1000


@dataclass(frozen=True)
class KeyNames:
    """Names keys by database, prefix and hash. prefixes: as records number them."""

    prefixes: Sequence[str]

    def of(self, record: KeyRecord) -> str:
        """Name a key, e.g. `key of database 0, session:… (3f2a91bc)`."""
        prefix = self.prefixes[record.prefix] if record.prefix < len(self.prefixes) else ""
        shown = f"{prefix}:… " if prefix else ""
        return f"key of database {record.database}, {shown}({short(record.name)})"


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
