"""What modules wrote, which can be skipped without them (rdbLoadCheckModuleValue in rdb.c)."""

from __future__ import annotations

from typing import Final

from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason
from scims_backup.engines.redis.rdb.strings import length, skip_strings
from scims_backup.engines.redis.rdb.window import Steps, Window

_END, _SIGNED, _UNSIGNED, _FLOAT, _DOUBLE, _STRING = range(6)
_SIZES: Final = {_FLOAT: 4, _DOUBLE: 8}
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def module_name(number: int) -> str:
    """Return the name of nine letters: 54 bits, before 10 of the encoding's version (module.c)."""
    return _letters(number >> 10, 9)


def metadata_name(number: int) -> str:
    """Return the name of four letters: 24 bits, before 8 of version and flags (keymeta.c)."""
    return _letters(number >> 8, 4)


def skip_module_value(window: Window) -> Steps[None]:
    """Skip numbers and strings up to their end mark."""
    while (kind := (yield from length(window))) != _END:
        if kind in {_SIGNED, _UNSIGNED}:
            yield from length(window)
        elif kind in _SIZES:
            yield from window.skip(_SIZES[kind])
        elif kind == _STRING:
            yield from skip_strings(window, 1)
        else:
            raise RdbError(Reason.DAMAGED, f"the RDB is damaged: a module's value has a part of kind {kind}")


def _letters(number: int, count: int) -> str:
    return "".join(_LETTERS[number >> 6 * place & 63] for place in reversed(range(count)))
