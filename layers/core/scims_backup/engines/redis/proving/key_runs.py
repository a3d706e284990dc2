"""Sorts more records than memory should hold: in runs, on a temporary file that has no name."""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
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

    def sorted(self) -> Iterator[list[bytes]]:
        """Yield blocks of records by database and name.

        A scan may have met a key more than once: one is kept.
        """
        self._records.sort()
        before = b""
        for block in _merged([*self._spilled(), _blocks(self._records)]):
            yield [
                record for previous, record in pairwise([before, *block]) if record[NAME] != previous[NAME]
            ]
            before = block[-1]

    def _spilled(self) -> list[Iterator[list[bytes]]]:
        if self._file is None:
            return []
        return [_run(self._file, start, length) for start, length in self._runs]


def _merged(runs: list[Iterator[list[bytes]]]) -> Iterator[list[bytes]]:
    """Merge sorted runs block by block: sorting what several runs have in common is faster than a heap."""
    heads: list[list[bytes]] = [[] for _ in runs]
    while True:
        heads = [head or next(run, []) for head, run in zip(heads, runs, strict=True)]
        ends = [head[-1] for head in heads if head]
        if not ends:
            return
        block: list[bytes] = []
        for head in heads:
            count = bisect_right(head, min(ends))
            block += head[:count]
            del head[:count]
        block.sort()
        yield block


def _blocks(records: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(records), _READ):
        yield records[start : start + _READ]


def _run(file: IO[bytes], start: int, length: int) -> Iterator[list[bytes]]:
    """Yield the records of one run; the file is read by others too."""
    end = start + length
    while start < end:
        block = os.pread(file.fileno(), min(_READ * LENGTH, end - start), start)
        start += len(block)
        yield [block[at : at + LENGTH] for at in range(0, len(block), LENGTH)]
