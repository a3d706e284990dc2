"""An archive's table of contents: read from its beginning, and shared out among several that load data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scims_backup.adapters.processes.watched import Child
from scims_backup.domain.errors import TargetError
from scims_backup.engines.postgresql.connect.bytes_as_text import text_of
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.names import parts
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets.folders import ROOM
from scims_backup.engines.postgresql.targets.server_options import clean

_FIRST_LOOK_BYTES = 1 << 18
_DATA = re.compile(r"^\d+; \d+ \d+ TABLE DATA (?P<name>.+) \S+$")


@contextmanager
def _room(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the archive's beginning cannot be stored in {path.parent}: {error.strerror}"
        raise TargetError(message, ROOM) from error


class Head:
    """The beginning of an archive, kept in a file as far as its table of contents goes.

    Once it is whole, options that only a server sets are taken out of it: an older pg_dump writes them.
    How long that is only pg_restore can tell: it is asked whenever the file has doubled.
    """

    def __init__(self, path: Path, programs: ClientPrograms) -> None:
        self.path = path
        self._programs = programs
        with _room(path):
            self._file: IO[bytes] | None = path.open("wb")
        self._length = 0
        self._look_at = _FIRST_LOOK_BYTES

    @property
    def is_over(self) -> bool:
        """Whether nothing more of the archive is needed."""
        return self._file is None

    def write(self, chunk: bytes) -> bool:
        """Take the next bytes of the archive; return whether that was all that is needed."""
        if self._file is None:
            return True
        self._length += len(chunk)
        look = self._length >= self._look_at
        with _room(self.path):
            self._file.write(chunk)
            if look:
                self._file.flush()
        if look:
            self._look_at = 2 * self._length
            if self._is_whole():
                self.close()
        return self.is_over

    def close(self) -> None:
        """Nothing more comes."""
        if self._file is not None:
            file, self._file = self._file, None
            with _room(self.path):
                file.close()
                clean(self.path)

    def contents(self) -> list[str]:
        """The entries, one on each line, as pg_restore's --use-list takes them. Raise TargetError.

        Names are in the encoding of the archive, which is the database's: `bytes_of` writes a line as it was.
        """
        return text_of(read_archive(self._programs, "--list", str(self.path))).split("\n")

    def _is_whole(self) -> bool:
        command = [self._programs.program("pg_restore"), "--list", str(self.path)]
        with Child(command, self._programs.environment(), collected=None) as child:
            return child.wait() == 0


def read_archive(programs: ClientPrograms, *arguments: str) -> bytes:
    """Return what pg_restore writes about an archive, without a database. Raise TargetError if it cannot."""
    command = [programs.program("pg_restore"), *arguments]
    with Child(command, programs.environment(), collected=None) as child:
        if child.wait() != 0:
            raise TargetError(f"pg_restore cannot read the archive's contents: {child.errors().strip()}")
        return child.output()


Sharing = Callable[[Sequence[str]], Sequence[Sequence[str]]]
"""Shares the entries of a table of contents out: each list is loaded by its own pg_restore."""


def rows_by_table(proof: Proof) -> dict[str, int]:
    """How many rows each table has, by `schema.name` as pg_restore says it: not quoted."""
    return {".".join(parts(name)[:2]): rows.rows for name, rows in proof.tables.items()}


def shared_by_rows(proof: Proof, jobs: int) -> Sharing:
    """Share tables out so that each job has about as many rows; everything else is the first job's."""
    weights = {name.replace(".", " ", 1): rows for name, rows in rows_by_table(proof).items()}

    def share(contents: Sequence[str]) -> list[list[str]]:
        tables = {line: weights.get(match["name"], 0) for line in contents if (match := _DATA.match(line))}
        job_of = _shared(tables, jobs)
        shares: list[list[str]] = [[] for _ in range(jobs)]
        for line in contents:  # in the archive's own order, in which it is read
            shares[job_of.get(line, 0)].append(line)
        return [share for share in shares if any(line in tables for line in share)] or shares[:1]

    return share


def _shared(weights: Mapping[str, int], jobs: int) -> dict[str, int]:
    """The largest first, each to the job with the least so far."""
    loads = [0] * jobs
    job_of = {}
    for line in sorted(weights, key=lambda line: -weights[line]):
        job = loads.index(min(loads))
        job_of[line] = job
        loads[job] += weights[line]
    return job_of
