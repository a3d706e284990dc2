"""An archive's bytes come back as they were, or not at all; and never many at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zstandard import ZstdCompressor

from scims_backup.adapters.vaults.s3 import frames
from scims_backup.adapters.vaults.s3.frames import HarmedFrameError, decompressed

TEXT = b"".join(b"%d\titem\t%x\n" % (number, number * number) for number in range(3000))
FRAME = ZstdCompressor(write_checksum=True).compress(TEXT)


def blocks(data, size):
    return (data[start : start + size] for start in range(0, len(data), size))


@given(st.integers(1, 3000))
def test_blocks_of_any_size_make_the_same_archive(size):
    assert b"".join(decompressed(blocks(FRAME, size))) == TEXT


@given(st.integers(0, len(FRAME) - 1))
def test_an_archive_cut_anywhere_is_harmed(length):
    with pytest.raises(HarmedFrameError, match="end is missing"):
        list(decompressed(blocks(FRAME[:length], 1 << 20)))


@given(st.integers(0, len(FRAME) - 1), st.integers(0, 7))
def test_a_flipped_bit_gives_no_other_archive(place, bit):
    harmed = bytearray(FRAME)
    harmed[place] ^= 1 << bit
    try:
        found = b"".join(decompressed([bytes(harmed)]))
    except HarmedFrameError:
        return
    assert found == TEXT


@given(st.binary(min_size=1, max_size=3000))
def test_bytes_after_the_end_are_harm(more):
    with pytest.raises(HarmedFrameError, match="follow its end"):
        list(decompressed([FRAME + more]))


@given(st.binary(min_size=1, max_size=10))
def test_a_block_after_the_end_is_harm(more):
    with pytest.raises(HarmedFrameError, match="follow its end"):
        list(decompressed([FRAME, more]))


def test_a_second_archive_after_the_end_is_harm():
    with pytest.raises(HarmedFrameError, match="follow its end"):
        list(decompressed([FRAME, FRAME]))


def test_zeros_come_in_chunks_of_bounded_size():
    frame = ZstdCompressor().compress(bytes(200 << 20))
    assert max(map(len, frames._pieces([frame]))) <= 33 << 20
    sizes = [len(chunk) for chunk in decompressed([frame])]
    assert sum(sizes) == 200 << 20
    assert min(sizes) > 0
    assert max(sizes) <= 2 << 20


def test_small_pieces_are_gathered():
    frame = ZstdCompressor().compress(TEXT * 40)
    sizes = [len(chunk) for chunk in decompressed(blocks(frame, 10))]
    assert sum(sizes) == len(TEXT) * 40
    assert all(size >= 1 << 20 for size in sizes[:-1])
