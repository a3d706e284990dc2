"""What an RDB becomes on its way into the vault: checked, loaded into a sandbox, proven."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata

from scims_backup.domain.errors import DumpFailedError, SourceError
from scims_backup.domain.level import Level
from scims_backup.engines.redis.dumping.counted_keys import CountedKeys
from scims_backup.engines.redis.dumping.origin import Origin
from scims_backup.engines.redis.dumping.sandbox_load import SandboxLoad
from scims_backup.engines.redis.dumping.whole import check_proven, check_witnesses, damage_as_source
from scims_backup.engines.redis.proving.take_proof import ProofRequest, TakenProof, new_salt
from scims_backup.engines.redis.rdb.frame import Frame
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rdb.shifting import SHIFT_MS
from scims_backup.engines.redis.rules.proof import RedisProof, RedisServer
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.ports import Progress

_CLIENT = "redis"
_AGAIN = "take the backup again"
_NO_CHECKSUM = (
    "the server writes its RDB without a checksum (rdbchecksum no): damage on the way to the vault cannot be "
    "seen before the archive is loaded. Set rdbchecksum yes and restart the server"
)
_LESS = "only keys were counted, their values were not proven: {message}. {cure}"


class RdbSnapshot:
    """An RDB that becomes an archive and its proof; implements ports.Snapshot and ports.ProofTask.

    The archive is the RDB as it came, and at level full the key list behind it.
    """

    def __init__(self, origin: Origin, sandboxing: Sandboxing) -> None:
        self.estimate = origin.estimate
        self.taken: datetime | None = None
        self._origin, self._sandboxing = origin, sandboxing
        self._asked: tuple[Level, Progress] | None = None
        self._counted = CountedKeys()
        self._load: SandboxLoad | None = None
        self._frame: Frame | None = None
        self._proof: RedisProof | None = None
        self._running: Generator[bytes] | None = None

    def prove(self, level: Level, progress: Progress) -> RdbSnapshot:
        """Have the proof taken of what `archive` is about to yield."""
        self._asked = level, progress
        return self

    def check(self) -> None:
        """Nothing fails beside the archive."""

    def result(self) -> RedisProof:
        """Return the proof. Raise SourceError if the archive was not read to its end."""
        if self._proof is None:
            raise SourceError(f"the RDB of {self._origin.name} was not read to its end", _AGAIN)
        return self._proof

    def archive(self) -> Iterator[bytes]:
        """Yield the RDB's bytes as they come, then the key list.

        Raise SourceError if it is not whole or does not load, ToolMissingError if no program can load it.
        """
        self._running = self._archive()
        return self._running

    def stop(self) -> None:
        """End what still runs."""
        if self._running is not None:
            self._running.close()

    def warnings(self) -> Sequence[str]:
        """Say what is wrong with the source, and what was not proven."""
        found = [*self._origin.warnings()]
        if self._frame is not None and not self._frame.checksummed:
            found.append(_NO_CHECKSUM)
        if self._load is not None and self._load.program is not None and self._load.program.warning:
            found.append(self._load.program.warning)
        if self._load is not None and self._load.why_not is not None:
            why = self._load.why_not
            found.append(_LESS.format(message=why.message, cure=why.cure[:1].upper() + why.cure[1:]))
        return found

    def tools(self) -> Mapping[str, str]:
        """Return the client that spoke to the source, and the server that loaded the RDB."""
        program = self._load.program if self._load is not None else None
        server = {f"{program.flavour}-server": program.version} if program else {}
        return {_CLIENT: metadata.version(_CLIENT), **server}

    def _archive(self) -> Generator[bytes]:
        is_full = self._asked is not None and self._asked[0] is Level.FULL
        self._load = SandboxLoad(self._sandboxing, self._origin.name) if is_full else None
        with self._load or nullcontext():
            frame = self._frame = yield from self._read(
                RdbReader(SHIFT_MS if is_full else 0, on_keys=self._counted.add)
            )
            self.taken = _moment(frame)
            self._origin.check_unchanged()
            if self._asked is not None:
                yield from self._proven(frame, *self._asked)

    def _read(self, reader: RdbReader) -> Generator[bytes, None, Frame]:
        """Yield the RDB, and return what its frame says. The source is let go as soon as it was read."""
        with self._origin.opened() as chunks:
            for chunk in chunks:
                with damage_as_source(self._origin.name):
                    shifted = reader.feed(chunk)
                if self._load is not None:
                    self._load.write(reader.aux, shifted)
                yield chunk
        with damage_as_source(self._origin.name):
            frame = reader.finish()
        if reader.rest:
            raise DumpFailedError(f"{len(reader.rest)} bytes follow the RDB of {self._origin.name}", _AGAIN)
        check_witnesses(frame, self._origin.name)
        return frame

    def _proven(self, frame: Frame, level: Level, progress: Progress) -> Iterator[bytes]:
        for note in self._origin.notes():
            progress.note(note)
        progress.phase("prove", total_rows=sum(frame.totals.values()))
        taken = self._taken_proof(frame, level, progress)
        if taken is None:
            self._proof = self._of_counts(frame, progress)
            return
        yield from taken.key_list()
        self._proof = replace(taken.proof(), beside=tuple(sorted(frame.beside)))
        check_proven(frame, self._proof.keys, self._origin.name)

    def _taken_proof(self, frame: Frame, level: Level, progress: Progress) -> TakenProof | None:
        """Read what was loaded; None where nothing was."""
        load = self._load
        if load is None:
            return None
        load.finish(frame)
        if load.why_not is not None:
            return None
        request = ProofRequest(
            clients=load.clients.client,
            server=self._server(frame),
            salt=new_salt(),
            level=level,
            progress=progress,
            shifted=True,
            resized=_resized(frame),
        )
        return load.taken(request)

    def _of_counts(self, frame: Frame, progress: Progress) -> RedisProof:
        """Return the proof that needs no server: what the frame counted."""
        prefixes, keys = self._counted.settled()
        check_proven(frame, keys, self._origin.name)
        for database, count in frame.totals.items():
            progress.rows(f"database {database}", count)
        return RedisProof(
            Level.COUNTS,
            self._server(frame),
            keys,
            resized=_resized(frame),
            prefixes=prefixes,
            beside=tuple(sorted(frame.beside)),
        )

    def _server(self, frame: Frame) -> RedisServer:
        return RedisServer(
            flavour=frame.flavour,
            version=frame.aux.get(f"{frame.flavour}-ver", ""),
            rdb_version=frame.rdb_version,
            memory=int(frame.aux.get("used-mem", 0)),
            modules=dict(self._origin.modules),
        )


def _moment(frame: Frame) -> datetime | None:
    """Return when the server forked, by its clock."""
    seconds = frame.aux.get("ctime")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def _resized(frame: Frame) -> dict[str, int]:
    return {str(database): keys for database, (keys, _) in sorted(frame.resized.items())}
