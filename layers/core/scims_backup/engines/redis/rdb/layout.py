"""The numbers of the format: rdb.h of Redis (6.2 to 8.10) and of Valkey (8 and 9)."""

from __future__ import annotations

from typing import Final

from scims_backup.engines.redis.rules.kinds import Kind

REDIS: Final = b"REDIS"
VALKEY: Final = b"VALKEY"
MAGIC_BYTES: Final = 9
OLDEST_VERSION: Final = 5
"""The first with a checksum at its end (Redis 2.6)."""
NEWEST_VERSIONS: Final = {REDIS: 15, VALKEY: 80}

HASH_TEMPLATE: Final = 242
"""Redis 8.10: names of fields that several hashes have in common."""
KEY_META: Final = 243
"""Redis 8.6: what modules keep beside a key."""
SLOT_IMPORT: Final = 243
"""Valkey 9: a slot that was on its way to this node of a cluster."""
SLOT_INFO: Final = 244
FUNCTION: Final = 245
FUNCTION_PRE_GA: Final = 246
MODULE_AUX: Final = 247
IDLE: Final = 248
FREQUENCY: Final = 249
AUX: Final = 250
RESIZE_DB: Final = 251
EXPIRY_MS: Final = 252
EXPIRY_SECONDS: Final = 253
SELECT_DB: Final = 254
END: Final = 255

STRING: Final = 0
LIST: Final = 1
SET: Final = 2
ZSET: Final = 3
HASH: Final = 4
ZSET_2: Final = 5
MODULE_PRE_GA: Final = 6
MODULE_2: Final = 7
HASH_ZIPMAP: Final = 9
LIST_ZIPLIST: Final = 10
SET_INTSET: Final = 11
ZSET_ZIPLIST: Final = 12
HASH_ZIPLIST: Final = 13
LIST_QUICKLIST: Final = 14
STREAM_LISTPACKS: Final = 15
HASH_LISTPACK: Final = 16
ZSET_LISTPACK: Final = 17
LIST_QUICKLIST_2: Final = 18
STREAM_LISTPACKS_2: Final = 19
SET_LISTPACK: Final = 20
STREAM_LISTPACKS_3: Final = 21
HASH_METADATA_PRE_GA: Final = 22
HASH_LISTPACK_EX_PRE_GA: Final = 23
HASH_METADATA: Final = 24
HASH_LISTPACK_EX: Final = 25
STREAM_LISTPACKS_4: Final = 26
STREAM_LISTPACKS_5: Final = 27
HASH_TEMPLATE_LISTPACK_REF: Final = 30
HASH_TEMPLATE_ARRAY_REF: Final = 32
VALKEY_HASH_2: Final = 22

KINDS: Final = {
    STRING: Kind.STRING,
    LIST: Kind.LIST,
    SET: Kind.SET,
    ZSET: Kind.ZSET,
    HASH: Kind.HASH,
    ZSET_2: Kind.ZSET,
    MODULE_2: Kind.MODULE,
    HASH_ZIPMAP: Kind.HASH,
    LIST_ZIPLIST: Kind.LIST,
    SET_INTSET: Kind.SET,
    ZSET_ZIPLIST: Kind.ZSET,
    HASH_ZIPLIST: Kind.HASH,
    LIST_QUICKLIST: Kind.LIST,
    STREAM_LISTPACKS: Kind.STREAM,
    HASH_LISTPACK: Kind.HASH,
    ZSET_LISTPACK: Kind.ZSET,
    LIST_QUICKLIST_2: Kind.LIST,
    STREAM_LISTPACKS_2: Kind.STREAM,
    SET_LISTPACK: Kind.SET,
    STREAM_LISTPACKS_3: Kind.STREAM,
    HASH_METADATA_PRE_GA: Kind.HASH,
    HASH_LISTPACK_EX_PRE_GA: Kind.HASH,
    HASH_METADATA: Kind.HASH,
    HASH_LISTPACK_EX: Kind.HASH,
    STREAM_LISTPACKS_4: Kind.STREAM,
    STREAM_LISTPACKS_5: Kind.STREAM,
    HASH_TEMPLATE_LISTPACK_REF: Kind.HASH,
    HASH_TEMPLATE_ARRAY_REF: Kind.HASH,
}
"""Number of a value's type → type of the key. 22 is a hash in Redis and in Valkey, written differently."""

SINCE: Final = {
    KEY_META: 13,
    HASH_TEMPLATE: 15,
    HASH_METADATA_PRE_GA: 12,
    HASH_LISTPACK_EX_PRE_GA: 12,
    HASH_METADATA: 12,
    HASH_LISTPACK_EX: 12,
    STREAM_LISTPACKS_4: 13,
    STREAM_LISTPACKS_5: 14,
    HASH_TEMPLATE_LISTPACK_REF: 15,
    HASH_TEMPLATE_ARRAY_REF: 15,
}
"""Number of an opcode or a type → the version of the format that brought it, for the newer ones."""
