"""What a key list says of one key."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from scims_backup.engines.redis.rules.kinds import Kind

NEVER = -1
"""The expiry of a key that has none."""
NAME_BYTES = 12
DIGEST_BYTES = 12
_FORM = struct.Struct(f">I{NAME_BYTES}sBH{DIGEST_BYTES}sq")
LENGTH = _FORM.size
_KINDS = tuple(Kind)
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key, without its name and value. Packed records sort by database, then by name.

    database: its number.
    name: the keyed hash of its name.
    prefix: which of the proof's prefixes its name has.
    digest: of its value.
    expiry: Unix time in milliseconds, NEVER for none.
    """

    database: int
    name: bytes
    kind: Kind
    prefix: int
    digest: bytes
    expiry: int

    def pack(self) -> bytes:
        """Return LENGTH bytes."""
        kind = _NUMBERS[self.kind]
        return _FORM.pack(self.database, self.name, kind, self.prefix, self.digest, self.expiry)

    @classmethod
    def unpack(cls, data: bytes) -> KeyRecord:
        """Read LENGTH bytes."""
        database, name, kind, prefix, digest, expiry = _FORM.unpack(data)
        return cls(database, name, _KINDS[kind], prefix, digest, expiry)


def hashed(name: bytes, salt: bytes) -> bytes:
    """Return the keyed hash of a key's name. salt: that of the backup, 1 to 64 bytes."""
    return hashlib.blake2b(name, key=salt, digest_size=NAME_BYTES).digest()
