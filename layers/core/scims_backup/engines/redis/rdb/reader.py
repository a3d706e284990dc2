"""Reads an RDB as it streams past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import anycrc  # type: ignore[import-untyped]

from scims_backup.engines.redis.rdb.frame import Frame, Tally
from scims_backup.engines.redis.rdb.header import header, refuse_other
from scims_backup.engines.redis.rdb.layout import VALKEY
from scims_backup.engines.redis.rdb.parser import OnKey, Parser
from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason
from scims_backup.engines.redis.rdb.usual_keys import OnKeys
from scims_backup.engines.redis.rdb.window import Steps, Window

_CRC64: Final = anycrc.Model("CRC64-REDIS")
_CHECKSUM_BYTES: Final = 8
_NO_CHECKSUM: Final = bytes(_CHECKSUM_BYTES)
"""What a server writes with `rdbchecksum no`."""


class RdbReader:
    """Checks an RDB, counts its keys, and passes it on with every expiry shifted, in constant memory.

    What modules keep beside the keys is left out then: a sandbox has no modules.

    shift_ms: by how much; 0 passes the same bytes on.
    on_key: called for each key with database, type, name, and the expiry that it has in the source (Unix ms);
        without it, keys are read many at once.
    on_keys: called for keys whose names begin alike; see OnKeys.
    """

    def __init__(self, shift_ms: int = 0, on_key: OnKey | None = None, on_keys: OnKeys | None = None) -> None:
        self.ended = False
        """Whether the RDB's last byte came."""
        self._rest = bytearray()
        self._by = shift_ms
        self._on_key, self._on_keys = on_key, on_keys
        self._window = Window()
        self._tally = Tally()
        self._magic, self._version = b"", 0
        self._checksummed = False
        self._chunk: bytes | bytearray = b""
        self._came = 0  # bytes before the chunk
        self._crc_before = 0  # of all that came before the chunk
        self._crc_of_output = 0
        self._output: list[bytes] = []
        self._steps = self._read()

    @property
    def aux(self) -> Mapping[str, str]:
        """What the server wrote of itself, as far as it came; it is the first thing that comes."""
        return self._tally.aux

    @property
    def rest(self) -> bytes:
        """What came after the RDB's last byte; it is held in memory."""
        return bytes(self._rest)

    def feed(self, chunk: bytes | bytearray) -> bytes:
        """Read on; return what may be passed on, which may be less or more than came.

        Raise RdbError if this is not an RDB, is damaged, or has what this version does not know.
        """
        if self.ended:
            self._rest += chunk
            return b""
        self._chunk = chunk
        self._window.add(chunk)
        next(self._steps, None)
        self._pass_on()
        self._crc_before = _CRC64.calc(chunk, self._crc_before)
        self._came += len(chunk)
        out, self._output = b"".join(self._output), []
        return out

    def finish(self) -> Frame:
        """Return what the frame says. Raise RdbError if its end did not come."""
        if not self.ended:
            raise self._truncated()
        tally = self._tally
        valkey = self._magic == VALKEY or "valkey-ver" in tally.aux
        return Frame(
            flavour="valkey" if valkey else "redis",
            rdb_version=self._version,
            aux=tally.aux,
            keys=tally.keys(),
            expiring={database: number for database, number in tally.expiring.items() if number},
            ambiguous=tally.ambiguous,
            resized=tally.resized,
            functions=tally.functions,
            modules=frozenset(tally.modules),
            beside=frozenset(tally.beside),
            checksummed=self._checksummed,
            length=self._window.position,
        )

    def _read(self) -> Steps[None]:
        self._magic, self._version = yield from header(self._window)
        parser = Parser(
            self._window,
            self._tally,
            self._magic,
            self._version,
            self._by,
            self._on_key,
            self._on_keys,
        )
        yield from parser.records()
        yield from self._check(self._crc_so_far())
        self._rest += self._window.data[self._window.at :]
        self.ended = True

    def _check(self, expected: int) -> Steps[None]:
        """Read the checksum, and pass on that of what was passed on."""
        self._pass_on()
        stored = yield from self._window.exactly(_CHECKSUM_BYTES)
        self._checksummed = stored != _NO_CHECKSUM
        if not self._checksummed:
            return
        if int.from_bytes(stored, "little") != expected:
            raise RdbError(
                Reason.CHECKSUM_WRONG,
                f"the RDB of {self._window.position} bytes is damaged: its checksum does not match",
            )
        self._window.replace(_CHECKSUM_BYTES, self._crc_of_output.to_bytes(_CHECKSUM_BYTES, "little"))

    def _crc_so_far(self) -> int:
        """Return the checksum of what was read; its last byte came with this chunk."""
        of_chunk = memoryview(self._chunk)[: self._window.position - self._came]
        crc: int = _CRC64.calc(of_chunk, self._crc_before)
        return crc

    def _pass_on(self) -> None:
        out = self._window.take()
        self._crc_of_output = _CRC64.calc(out, self._crc_of_output)
        self._output.append(out)

    def _truncated(self) -> RdbError:
        read = self._window.offset + len(self._window.data)
        if not self._magic:
            refuse_other(bytes(self._window.data))
        return RdbError(
            Reason.TRUNCATED,
            f"the RDB is truncated: it ends after {read} bytes, before its end mark and checksum",
        )
