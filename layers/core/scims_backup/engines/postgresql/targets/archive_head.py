"""The head of an archive in pg_dump's custom format: where in it each entry's definition stands.

As pg_backup_archiver.c of PostgreSQL 14 to 18 writes it (versions 1.14 to 1.16 of the format): numbers have a
byte for the sign and four more, the lowest first; a text is its length and its bytes, -1 stands for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from mmap import mmap

_MAGIC = b"PGDMP"
_VERSIONS = range(14, 17)
_COMPRESSION_IS_A_BYTE, _HAS_RELKIND = 15, 16
_CUSTOM = 1
_NUMBERS_OF_DATE = 7


class _TruncatedError(Exception):
    """The head continues beyond what was read of it; never leaves this module."""


@dataclass(frozen=True)
class Definition:
    """The SQL that creates something: from `start` up to `end` of the archive.

    kind: e.g. b"TABLE".
    """

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True)
class Contents:
    """What was read of an archive's head.

    whole: whether the head ends there.
    """

    definitions: Sequence[Definition]
    whole: bool


def read_contents(archive: bytes | mmap) -> Contents:
    """Find the definitions in an archive's head, as far as it is there.

    There are none in what is no archive, or one of a version that is not known: pg_restore will say so.
    """
    reader = _Reader(archive)
    found: list[Definition] = []
    try:
        for _ in range(reader.begin()):
            found += reader.entry()
    except _TruncatedError:
        return Contents(found, whole=False)
    return Contents(found, whole=True)


class _Reader:
    """Reads an archive's head from front to back."""

    def __init__(self, archive: bytes | mmap) -> None:
        self._archive, self._at, self._length = archive, 0, len(archive)
        self._minor = self._int_bytes = self._offset_bytes = 0

    def begin(self) -> int:
        """Read up to the first entry, and return how many there are; 0 if this cannot be read."""
        if self._taken(len(_MAGIC)) != _MAGIC:
            return 0
        major, self._minor, _revision, self._int_bytes, self._offset_bytes, format_ = self._taken(6)
        if (major, format_) != (1, _CUSTOM) or self._minor not in _VERSIONS:
            return 0
        if self._minor >= _COMPRESSION_IS_A_BYTE:
            self._taken(1)
        else:
            self._number()
        for _ in range(_NUMBERS_OF_DATE):
            self._number()
        for _ in ("the database", "the server's version", "pg_dump's"):
            self._text()
        return self._number()

    def entry(self) -> list[Definition]:
        """Read one entry, and return where its definition is, if it has one."""
        for _ in ("its id", "whether it has data"):
            self._number()
        for _ in ("catalog", "oid", "name"):
            self._text()
        kind_start, kind_end = self._text()
        self._number()  # its section
        start, end = self._text()
        for _ in ("how to drop it", "how to copy it", "schema", "tablespace", "access method"):
            self._text()
        if self._minor >= _HAS_RELKIND:
            self._number()
        for _ in ("owner", "with oids"):
            self._text()
        while self._is_text():
            pass  # what it depends on
        self._taken(1 + self._offset_bytes)  # where its data is
        return [Definition(self._archive[kind_start:kind_end], start, end)] if end > start else []

    def _is_text(self) -> bool:
        length = self._number()
        self._skip(max(0, length))
        return length >= 0

    def _text(self) -> tuple[int, int]:
        length = self._number()
        start = self._at
        self._skip(max(0, length))
        return start, self._at

    def _number(self) -> int:
        sign, *digits = self._taken(1 + self._int_bytes)
        value = int.from_bytes(bytes(digits), "little")
        return -value if sign else value

    def _taken(self, count: int) -> bytes:
        start = self._at
        self._skip(count)
        return self._archive[start : self._at]

    def _skip(self, count: int) -> None:
        if self._at + count > self._length:
            raise _TruncatedError
        self._at += count
