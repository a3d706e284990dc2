"""The key list: sorted records, each key once, in bytes that show any damage."""

import os
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scims_backup.domain.errors import RestoreFailedError, SandboxError
from scims_backup.engines.redis.proving.key_list import HEADER, KeyListWriter, read_key_list
from scims_backup.engines.redis.proving.key_runs import KeyRuns
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.records import LENGTH, NEVER, KeyRecord, hashed

SALT = b"salt"


def record(number, database=0, **more):
    facts = {"kind": Kind.STRING, "prefix": 0, "digest": bytes(12), **more}
    return KeyRecord(database, hashed(str(number).encode(), SALT), **facts)


def written(records):
    """Return the bytes of a list, and what its proof says of it."""
    writer = KeyListWriter()
    data = b"".join(writer.write(one) for one in records) + writer.end()
    return data, writer.said(SALT)


RECORDS = sorted(record(number).pack() for number in range(1000))
DATA, SAID = written(RECORDS)

records = st.builds(
    KeyRecord,
    database=st.integers(0, 2**32 - 1),
    name=st.binary(min_size=12, max_size=12),
    kind=st.sampled_from(Kind),
    prefix=st.integers(0, 2**16 - 1),
    digest=st.binary(min_size=12, max_size=12),
    expiry=st.integers(NEVER, 2**63 - 1),
    fields=st.integers(NEVER, 2**63 - 1),
)


@given(records)
def test_a_record_is_read_as_it_was_packed(one):
    assert KeyRecord.unpack(one.pack()) == one
    assert len(one.pack()) == LENGTH
    assert one.pack().startswith(one.key)


@given(st.lists(records))
def test_packed_records_sort_by_database_and_name(some):
    by_bytes = sorted(some, key=KeyRecord.pack)
    assert [(one.database, one.name) for one in by_bytes] == sorted((one.database, one.name) for one in some)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 7), st.integers(1, 9))
def test_runs_are_merged_and_each_key_is_kept_once(numbers, run, batch):
    packed = [record(number).pack() for number in numbers]
    with KeyRuns(run) as runs:
        for start in range(0, len(packed), batch):
            runs.add(packed[start : start + batch])
        assert list(chain.from_iterable(runs.sorted())) == sorted(set(packed))


def test_of_a_key_that_was_met_twice_with_two_values_one_is_kept():
    first, second = (record(1, digest=bytes([one]) * 12).pack() for one in (1, 2))
    with KeyRuns(1) as runs:
        runs.add([first])
        runs.add([second])
        assert len(list(chain.from_iterable(runs.sorted()))) == 1


@pytest.mark.parametrize("chunk", [1, 7, 4096, len(DATA)])
def test_a_list_is_read_as_it_was_written_in_chunks_of_any_size(chunk):
    chunks = (DATA[start : start + chunk] for start in range(0, len(DATA), chunk))
    assert list(read_key_list(chunks, SAID)) == RECORDS


def test_a_list_without_keys_is_read():
    data, said = written([])
    assert list(read_key_list(iter([data]), said)) == []


def without_its_last_record():
    return written(RECORDS[:-1])[0]


DAMAGED = {
    "empty": b"",
    "header alone": HEADER,
    "no key list": b"REDIS0010 and so on",
    "newer format": HEADER[:-1] + b"\x02" + DATA[len(HEADER) :],
    "something follows": DATA + b"x",
    "a list follows": DATA + DATA,
    "a record less": without_its_last_record(),
    "another order": written(RECORDS[::-1])[0],
    "half a record": written([*RECORDS, b"x" * 10])[0],
    **{f"truncated at {at} %": DATA[: len(DATA) * at // 100] for at in (1, 10, 50, 99)},
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_list_is_refused(damage):
    with pytest.raises(RestoreFailedError, match="key list") as refused:
        list(read_key_list(iter([DAMAGED[damage]]), SAID))
    assert refused.value.cure


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_found_unless_it_changes_no_record(at, bit):
    damaged = DATA[:at] + bytes([DATA[at] ^ (1 << bit)]) + DATA[at + 1 :]
    try:
        read = list(read_key_list(iter([damaged]), SAID))
    except RestoreFailedError:
        return
    assert read == RECORDS  # some bits of a zstd frame mean nothing


def test_a_full_disk_is_said(monkeypatch):
    def full(**_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with KeyRuns(1) as runs, pytest.raises(SandboxError, match="No space left") as refused:
        runs.add([record(1).pack()])
    assert "TMPDIR" in refused.value.cure
