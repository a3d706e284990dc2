"""Sorts more records than memory should hold: in runs, on a temporary file that has no name."""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Self

from scims_backup.engines.redis.proving.kept_list import on_disk, write_all
from scims_backup.engines.redis.rules.records import LENGTH, NAME

_RUN = 200_000
"""Records that are sorted in memory: 20 MB."""
_READ = 4096
"""Records that are read at once of each run."""


class KeyRuns:
    """Takes packed records in any order and gives them back sorted, each key once; a context."""

    def __init__(self, run: int = _RUN) -> None:
        self._length = run
        self._records: list[bytes] = []
        self._runs: list[tuple[int, int]] = []
        self._file: IO[bytes] | None = None
        """Of the runs; not made for one run only. Unbuffered: a full disk is met where a run is written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._records.clear()
        if self._file is not None:
            self._file.close()

    def add(self, records: list[bytes]) -> None:
        """Take some records. Raise SandboxError if the temporary file takes no more."""
        self._records += records
        if len(self._records) >= self._length:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            with on_disk():
                self._file = tempfile.TemporaryFile(buffering=0, prefix="scims-keys-")  # noqa: SIM115
        self._records.sort()
        self._runs.append((self._file.tell(), len(self._records) * LENGTH))
        write_all(self._file.fileno(), b"".join(self._records))
        self._records.clear()

    def sorted(self) -> Iterator[bytes]:
        """Yield the records by database and name. A scan may have met a key more than once: one is kept."""
        self._records.sort()
        merged = heapq.merge(*self._spilled(), self._records)
        before = b""
        for record in merged:
            name = record[NAME]
            if name != before:
                before = name
                yield record

    def _spilled(self) -> list[Iterator[bytes]]:
        if self._file is None:
            return []
        return [_records(self._file, start, length) for start, length in self._runs]


def _records(file: IO[bytes], start: int, length: int) -> Iterator[bytes]:
    """Yield the records of one run; the file is read by others too."""
    end = start + length
    while start < end:
        block = os.pread(file.fileno(), min(_READ * LENGTH, end - start), start)
        start += len(block)
        for at in range(0, len(block), LENGTH):
            yield block[at : at + LENGTH]
