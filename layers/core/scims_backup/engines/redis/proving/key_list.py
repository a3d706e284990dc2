"""The key list: what the archive's end says of every key, sorted and compressed.

    magic (8 bytes) · format (1 byte) · one zstd frame of records, see rules/records.py

A Redis server reads an archive up to the end of the RDB: what follows, it ignores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

import zstandard

from scims_backup.domain.errors import RestoreFailedError
from scims_backup.engines.redis.rules.proof import KeyList
from scims_backup.engines.redis.rules.records import LENGTH

HEADER = b"SCIMSKEY\x01"
_LEVEL = 1
"""Most of a record is chance: higher levels take thrice the time and save nothing."""
_DAMAGED = "restore another backup; `verify` says whether the vault still has what was stored"


class KeyListWriter:
    """Compresses records."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
        self._digest = sha256()
        self._keys = 0
        self._begun = False

    def write(self, block: bytes) -> bytes:
        """Take whole records; return bytes of the list, perhaps none yet."""
        self._keys += len(block) // LENGTH
        self._digest.update(block)
        return self._header() + self._compressor.compress(block)

    def end(self) -> bytes:
        """Return the list's last bytes."""
        return self._header() + self._compressor.flush()

    def said(self, salt: bytes) -> KeyList:
        """Return what the proof says of the list. salt: of the hashes of names."""
        return KeyList(salt.hex(), self._keys, self._digest.hexdigest())

    def _header(self) -> bytes:
        header, self._begun = b"" if self._begun else HEADER, True
        return header


def read_key_list(chunks: Iterable[bytes], expected: KeyList) -> Iterator[bytes]:
    """Yield the packed records of a list; chunks: its bytes. Memory does not depend on its length.

    Raise RestoreFailedError at its end if it is not the one that the proof means, earlier if it is damaged.
    """
    digest, keys = sha256(), 0
    for block in _blocks(chunks):
        digest.update(block)
        keys += len(block) // LENGTH
        for at in range(0, len(block), LENGTH):
            yield block[at : at + LENGTH]
    if (keys, digest.hexdigest()) != (expected.keys, expected.sha256):
        raise _damaged(f"it has {keys} keys, and its proof means another of {expected.keys} keys")


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole records."""
    rest = b""
    for data in _decompressed(chunks):
        rest += data
        whole = len(rest) - len(rest) % LENGTH
        yield rest[:whole]
        rest = rest[whole:]
    if rest:
        raise _damaged("it ends within a record")


def _decompressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    reader, head = zstandard.ZstdDecompressor().decompressobj(), b""
    for chunk in chunks:
        data = chunk
        if len(head) < len(HEADER):
            head, data = _split(head + chunk)
        if data and reader.eof:
            raise _damaged("something follows it")
        try:
            yield reader.decompress(data)
        except zstandard.ZstdError:
            raise _damaged("it cannot be decompressed") from None
        if reader.unused_data:
            raise _damaged("something follows it")
    if not reader.eof:
        raise _damaged("it is truncated")


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Return the header and what follows it. Raise RestoreFailedError if it is another."""
    head = data[: len(HEADER)]
    if not HEADER.startswith(head):
        raise _damaged("it does not begin as a key list")
    return head, data[len(HEADER) :]


def _damaged(why: str) -> RestoreFailedError:
    return RestoreFailedError(f"the key list at the archive's end is damaged: {why}", _DAMAGED)
