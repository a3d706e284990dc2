"""How far the value of each type reaches (rdbLoadObject in rdb.c), and where expiries of fields are in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from scims_backup.engines.redis.rdb import layout
from scims_backup.engines.redis.rdb.expiries import field_expiry, field_expiry_as_length, first_field_expiry
from scims_backup.engines.redis.rdb.listpacks import shifted_listpack
from scims_backup.engines.redis.rdb.streams import stream
from scims_backup.engines.redis.rdb.strings import change_string, count, length, skip_strings
from scims_backup.engines.redis.rdb.window import Steps, Window

Value = Callable[[Window, int], Steps[None]]
"""Passes a value on. Arguments: the window, and by how many milliseconds expiries of fields are shifted."""

_DOUBLE: Final = 8


def _one_string(window: Window, _by: int) -> Steps[None]:
    yield from skip_strings(window, 1)


def _strings(window: Window, _by: int) -> Steps[None]:
    yield from skip_strings(window, (yield from count(window)))


def _pairs(window: Window, _by: int) -> Steps[None]:
    yield from skip_strings(window, 2 * (yield from count(window)))


def _scored(window: Window, _by: int) -> Steps[None]:
    yield from skip_strings(window, (yield from count(window)), tail=_DOUBLE)


def _scored_in_text(window: Window, _by: int) -> Steps[None]:
    """Of servers before 4.0: a score is a byte from 253 on (NaN, infinities), or a text after its length."""
    for _ in range((yield from count(window))):
        yield from skip_strings(window, 1)
        size = yield from window.byte()
        yield from window.skip(size if size < 253 else 0)  # noqa: PLR2004


def _quicklist_2(window: Window, _by: int) -> Steps[None]:
    """Of nodes: what it is (a plain element, or a listpack of them), then the string."""
    for _ in range((yield from count(window))):
        yield from length(window)
        yield from skip_strings(window, 1)


def _hash_metadata(window: Window, by: int) -> Steps[None]:
    """Of Redis 7.4: the first expiry of all; then of each field its expiry after that one, name and value."""
    yield from first_field_expiry(window, by)
    for _ in range((yield from count(window))):
        yield from length(window)
        yield from skip_strings(window, 2)


def _hash_metadata_pre_ga(window: Window, by: int) -> Steps[None]:
    for _ in range((yield from count(window))):
        yield from field_expiry_as_length(window, by)
        yield from skip_strings(window, 2)


def _hash_listpack_ex(window: Window, by: int) -> Steps[None]:
    yield from first_field_expiry(window, by)
    yield from _hash_listpack_ex_pre_ga(window, by)


def _hash_listpack_ex_pre_ga(window: Window, by: int) -> Steps[None]:
    if by:
        yield from change_string(window, partial(shifted_listpack, by=by))
    else:
        yield from skip_strings(window, 1)


def _valkey_hash_2(window: Window, by: int) -> Steps[None]:
    for _ in range((yield from count(window))):
        yield from skip_strings(window, 2)
        yield from field_expiry(window, by)


ONE_STRING: Final = frozenset(
    {
        layout.STRING,
        layout.HASH_ZIPMAP,
        layout.LIST_ZIPLIST,
        layout.SET_INTSET,
        layout.ZSET_ZIPLIST,
        layout.HASH_ZIPLIST,
        layout.HASH_LISTPACK,
        layout.ZSET_LISTPACK,
        layout.SET_LISTPACK,
    }
)
"""Types whose values are one string, whatever it holds."""

_COMMON: Final[Mapping[int, Value]] = {
    **dict.fromkeys(ONE_STRING, _one_string),
    layout.LIST: _strings,
    layout.SET: _strings,
    layout.LIST_QUICKLIST: _strings,
    layout.HASH: _pairs,
    layout.ZSET: _scored_in_text,
    layout.ZSET_2: _scored,
    layout.LIST_QUICKLIST_2: _quicklist_2,
    layout.STREAM_LISTPACKS: stream(1),
    layout.STREAM_LISTPACKS_2: stream(2),
    layout.STREAM_LISTPACKS_3: stream(3),
}
VALUES: Final[Mapping[bytes, Mapping[int, Value]]] = {
    layout.REDIS: {
        **_COMMON,
        layout.HASH_METADATA_PRE_GA: _hash_metadata_pre_ga,
        layout.HASH_LISTPACK_EX_PRE_GA: _hash_listpack_ex_pre_ga,
        layout.HASH_METADATA: _hash_metadata,
        layout.HASH_LISTPACK_EX: _hash_listpack_ex,
        layout.STREAM_LISTPACKS_4: stream(4),
        layout.STREAM_LISTPACKS_5: stream(5),
        layout.HASH_TEMPLATE_LISTPACK_REF: _one_string,
    },
    layout.VALKEY: {**_COMMON, layout.VALKEY_HASH_2: _valkey_hash_2},
}
"""Magic → number of a type → how its values pass. Modules' and templates' values are the parser's."""
