"""Decompressing an archive, so that no harm to its bytes goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zstandard import ZstdDecompressor, ZstdError

_SLICE = 1 << 10
"""Bytes decompressed at once: zeros shrink to 4 bytes for 128 KiB, so that a slice gives up to 32 MiB."""
_CHUNK = 1 << 20


class HarmedFrameError(Exception):
    """The bytes are not one whole compressed archive; its text says why."""


def decompressed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what one zstd frame holds, in chunks of some 1 MiB. Raise HarmedFrameError if it is harmed."""
    waiting = bytearray()
    for piece in _cut(_pieces(blocks), _CHUNK):
        waiting += piece
        if len(waiting) >= _CHUNK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    frame = ZstdDecompressor().decompressobj()
    for part in _cut(blocks, _SLICE):
        if frame.eof:
            raise HarmedFrameError("more bytes follow its end")
        try:
            piece = frame.decompress(part)
        except ZstdError as error:
            raise HarmedFrameError(str(error)) from None
        yield piece
    if not frame.eof:
        raise HarmedFrameError("its end is missing")
    if frame.unused_data:
        raise HarmedFrameError("more bytes follow its end")


def _cut(blocks: Iterable[bytes], size: int) -> Iterator[memoryview]:
    for block in blocks:
        view = memoryview(block)
        for start in range(0, len(view), size):
            yield view[start : start + size]
