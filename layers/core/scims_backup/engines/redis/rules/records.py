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
FORM = struct.Struct(f">I{NAME_BYTES}sBH{DIGEST_BYTES}sqq")
LENGTH = FORM.size
NAME = slice(0, 4 + NAME_BYTES)
"""Where database and name are in a packed record: no two records of a list have the same."""
GROUP = slice(NAME.stop, NAME.stop + 3)
"""Where type and prefix are."""
PREFIX = slice(GROUP.start + 1, GROUP.stop)
EXPIRY = NAME.stop + 3 + DIGEST_BYTES
"""Where the expiry begins: its first byte is 255 if there is none."""
KINDS = tuple(Kind)
"""The types, numbered as in records."""
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key, without its name and value. Packed records sort by database, then by name.

    database: its number.
    name: the keyed hash of its name.
    prefix: which of the proof's prefixes its name has.
    digest: of its value.
    expiry: Unix time in milliseconds, NEVER for none.
    fields: the earliest expiry of a hash's fields, NEVER for none.
    """

    database: int
    name: bytes
    kind: Kind
    prefix: int
    digest: bytes
    expiry: int = NEVER
    fields: int = NEVER

    @property
    def key(self) -> bytes:
        """What identifies the key: its database and the hash of its name, as they are packed."""
        return identified(self.database, self.name)

    def pack(self) -> bytes:
        """Return LENGTH bytes."""
        kind = _NUMBERS[self.kind]
        return FORM.pack(self.database, self.name, kind, self.prefix, self.digest, self.expiry, self.fields)

    @classmethod
    def unpack(cls, data: bytes) -> KeyRecord:
        """Read LENGTH bytes."""
        database, name, kind, prefix, digest, expiry, fields = FORM.unpack(data)
        return cls(database, name, KINDS[kind], prefix, digest, expiry, fields)


def identified(database: int, name: bytes) -> bytes:
    """Return what identifies a key in records. name: its hash."""
    return database.to_bytes(4, "big") + name


def hashed(name: bytes, salt: bytes) -> bytes:
    """Return the keyed hash of a key's name. salt: that of the backup, 1 to 64 bytes."""
    return hashlib.blake2b(name, key=salt, digest_size=NAME_BYTES).digest()
