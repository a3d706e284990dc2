"""The types of keys."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The type of a key, as the command TYPE names it; all types of modules are one."""

    STRING = "string"
    LIST = "list"
    SET = "set"
    ZSET = "zset"
    HASH = "hash"
    STREAM = "stream"
    MODULE = "module"
