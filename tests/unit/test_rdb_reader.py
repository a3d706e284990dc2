"""The reader of an RDB's frame: every record and every type of value that servers write."""

import struct
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rdb.shifting import BORDER_MS, SHIFT_MS
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.prefixes import LONGEST, beginning
from tests.support.listpacks import entries, listpack
from tests.support.rdb_writer import (
    CRC64,
    LENGTH_FORMS,
    RdbWriter,
    compressed,
    integer,
    length,
    milliseconds,
    module_number,
    module_value,
    stream,
    string,
)

REDIS_74 = b"REDIS0012"
REDIS_810 = b"REDIS0015"
VALKEY_9 = b"VALKEY080"
NOW = 1_795_000_000_000
LONG = b"a long string " * 30

EX = listpack(b"f", b"v", NOW, b"g", b"w" * 5000, 0)
MODULE = length(module_number("ReJSON-RL")) + module_value((1, 7), (2, 8), (3, 0.5), (4, 0.25), (5, b"text"))

VALUES = {
    "string": (0, string(b"v"), Kind.STRING),
    "empty string": (0, string(b""), Kind.STRING),
    "number of 8 bits": (0, integer(-7), Kind.STRING),
    "number of 16 bits": (0, integer(1000), Kind.STRING),
    "number of 32 bits": (0, integer(1 << 30), Kind.STRING),
    "compressed string": (0, compressed(LONG), Kind.STRING),
    "linked list": (1, length(3) + string(b"a") + integer(2) + compressed(LONG), Kind.LIST),
    "set": (2, length(2) + string(b"a") + integer(5), Kind.SET),
    "sorted set with scores in text": (
        3,
        length(4)
        + string(b"a")
        + string(b"1.5")
        + string(b"b")
        + b"\xfd"
        + string(b"c")
        + b"\xfe"
        + string(b"d")
        + b"\xff",
        Kind.ZSET,
    ),
    "hash": (4, length(2) + string(b"f") + string(b"v") + integer(1) + compressed(LONG), Kind.HASH),
    "sorted set": (
        5,
        length(2) + string(b"a") + struct.pack("<d", 1) + string(b"b") + b"\xff" * 8,
        Kind.ZSET,
    ),
    "module": (7, MODULE, Kind.MODULE),
    "zipmap": (9, string(b"zipmap"), Kind.HASH),
    "list in a ziplist": (10, string(b"ziplist"), Kind.LIST),
    "intset": (11, compressed(b"intset"), Kind.SET),
    "sorted set in a ziplist": (12, string(b"ziplist"), Kind.ZSET),
    "hash in a ziplist": (13, string(b"ziplist"), Kind.HASH),
    "quicklist": (14, length(2) + string(b"ziplist") + compressed(LONG), Kind.LIST),
    "stream of 5.0": (15, stream(1), Kind.STREAM),
    "hash in a listpack": (16, string(listpack(b"f", b"v")), Kind.HASH),
    "sorted set in a listpack": (17, string(listpack(b"a", 1)), Kind.ZSET),
    "quicklist of one node": (18, length(1) + length(2) + string(listpack(b"a")), Kind.LIST),
    "quicklist of two nodes": (
        18,
        length(2) + length(2) + string(b"pack") + length(1) + string(LONG),
        Kind.LIST,
    ),
    "stream of 7.0": (19, stream(2), Kind.STREAM),
    "set in a listpack": (20, string(listpack(b"a", b"b")), Kind.SET),
    "stream of 7.2": (21, stream(3), Kind.STREAM),
    "stream without groups": (21, stream(3, groups=0), Kind.STREAM),
}
VALUES_OF_REDIS = {
    "hash of 7.4's release candidates": (
        22,
        length(2) + length(NOW) + string(b"f") + string(b"v") + length(0) + string(b"g") + string(b"w"),
        Kind.HASH,
    ),
    "listpack of 7.4's release candidates": (23, string(EX), Kind.HASH),
    "hash with fields' expiries": (
        24,
        milliseconds(NOW)
        + length(2)
        + length(1)
        + string(b"f")
        + string(b"v")
        + length(0)
        + string(b"g")
        + integer(1),
        Kind.HASH,
    ),
    "hash without fields' expiries": (
        24,
        milliseconds(0) + length(1) + length(0) + 2 * string(b"f"),
        Kind.HASH,
    ),
    "listpack with fields' expiries": (25, milliseconds(NOW) + string(EX), Kind.HASH),
    "compressed listpack with fields' expiries": (25, milliseconds(NOW) + compressed(EX), Kind.HASH),
    "stream of 8.6": (26, stream(4), Kind.STREAM),
    "stream of 8.8": (27, stream(5), Kind.STREAM),
    "hash of a template in a listpack": (30, string(listpack(3, b"v", 7)), Kind.HASH),
}
VALUES_OF_VALKEY = {
    "hash with fields' expiries": (
        22,
        length(2) + 2 * string(b"f") + milliseconds(NOW) + 2 * string(b"g") + milliseconds(-1),
        Kind.HASH,
    ),
}
EVERY_VALUE = [
    pytest.param(start, *value, id=f"{start.decode()}-{name}")
    for start, values in (
        (b"REDIS0009", VALUES),
        (REDIS_810, VALUES | VALUES_OF_REDIS),
        (VALKEY_9, VALUES | VALUES_OF_VALKEY),
    )
    for name, value in values.items()
]


def read(data, chunk=0, **options):
    """Return what was passed on, the frame, and the keys: the same is read key by key and many at once."""
    keys: list[tuple[int, Kind, bytes, int | None]] = []
    groups: Counter[tuple[object, ...]] = Counter()
    reader = RdbReader(on_key=lambda *key: keys.append(key), **options)
    one_by_one = fed(reader, data, chunk), reader.finish()

    def on_keys(*group):
        *those, number, expiring = group
        groups[*those, False] += number - expiring
        groups[*those, True] += expiring

    for several in (RdbReader(on_keys=on_keys, **options), RdbReader(**options)):
        assert (fed(several, data, chunk), several.finish()) == one_by_one
    assert +groups == Counter((*key[:2], beginning(key[2]), key[3] is not None) for key in keys)
    return *one_by_one, keys


def fed(reader, data, chunk):
    """Return what was passed on; chunk: its bytes, 0 for all at once."""
    chunk = chunk or len(data) or 1
    return b"".join(reader.feed(data[at : at + chunk]) for at in range(0, len(data), chunk))


def refused(data, chunk=0):
    with pytest.raises(RdbError) as caught:
        read(data, chunk)
    return caught.value


@pytest.mark.parametrize("chunk", [0, 1, 7])
@pytest.mark.parametrize(("start", "number", "value", "kind"), EVERY_VALUE)
def test_the_value_ends_where_the_next_key_begins(start, number, value, kind, chunk):
    data = (
        RdbWriter(start).key(b"one", number, value).key(b"two", number, value, expiry=NOW).key(b"last").end()
    )

    out, frame, keys = read(data, chunk)

    assert out == data
    assert keys == [(0, kind, b"one", None), (0, kind, b"two", NOW), (0, Kind.STRING, b"last", None)]
    assert sum(frame.keys[0].values()) == 3
    assert frame.keys[0][kind] >= 2
    assert frame.expiring == {0: 1}


@pytest.mark.parametrize("chunk", [0, 1, 7])
@pytest.mark.parametrize(("start", "number", "value", "kind"), EVERY_VALUE)
def test_what_is_shifted_is_read_again_with_the_same_keys(start, number, value, kind, chunk):
    data = RdbWriter(start).key(b"one", number, value).key(b"two", number, value, expiry=NOW).end()

    shifted, frame, _ = read(data, chunk, shift_ms=SHIFT_MS)
    again, same, keys = read(shifted)

    assert again == shifted
    assert keys == [(0, kind, b"one", None), (0, kind, b"two", NOW + SHIFT_MS)]
    assert (same.keys, same.expiring) == (frame.keys, frame.expiring)


LATER = NOW + SHIFT_MS
EX_LATER = listpack(b"f", b"v", LATER, b"g", b"w" * 5000, 0)
SHIFTED = {
    "hash of 7.4's release candidates": length(2)
    + b"\x81"
    + LATER.to_bytes(8)
    + string(b"f")
    + string(b"v")
    + b"\x80\0\0\0\0"
    + string(b"g")
    + string(b"w"),
    "listpack of 7.4's release candidates": length(len(EX_LATER), "32 bits") + EX_LATER,
    "hash with fields' expiries": milliseconds(LATER) + VALUES_OF_REDIS["hash with fields' expiries"][1][8:],
    "hash without fields' expiries": VALUES_OF_REDIS["hash without fields' expiries"][1],
    "listpack with fields' expiries": milliseconds(LATER) + length(len(EX_LATER), "32 bits") + EX_LATER,
    "compressed listpack with fields' expiries": milliseconds(LATER)
    + length(len(EX_LATER), "32 bits")
    + EX_LATER,
}


@pytest.mark.parametrize("chunk", [0, 1, 7])
@pytest.mark.parametrize("name", SHIFTED)
def test_expiries_of_fields_are_shifted(name, chunk):
    number, value, _ = VALUES_OF_REDIS[name]

    out, _, _ = read(RdbWriter(REDIS_74).key(number=number, value=value).end(), chunk, shift_ms=SHIFT_MS)

    assert out == RdbWriter(REDIS_74).key(number=number, value=SHIFTED[name]).end()


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_expiries_of_valkeys_fields_are_shifted(chunk):
    number, value, _ = VALUES_OF_VALKEY["hash with fields' expiries"]
    later = length(2) + 2 * string(b"f") + milliseconds(LATER) + 2 * string(b"g") + milliseconds(-1)

    out, _, _ = read(RdbWriter(VALKEY_9).key(number=number, value=value).end(), chunk, shift_ms=SHIFT_MS)

    assert out == RdbWriter(VALKEY_9).key(number=number, value=later).end()


BIG_ENTRIES = [0, 1, 127, 128, -1, 4095, -4096, 32767, 1 << 22, 1 << 30, 1 << 40, b"", b"x" * 63, b"x" * 64]
BIG_ENTRIES += [b"x" * 130, b"x" * 4095, b"x" * 4096, b"x" * 17000]


@pytest.mark.parametrize("value", BIG_ENTRIES, ids=str)
def test_fields_and_values_of_every_form_stand_beside_a_shifted_expiry(value):
    pack = listpack(value, value, NOW, value, value, 1 << 20, b"last", value, 0)
    data = RdbWriter(REDIS_74).key(number=25, value=milliseconds(NOW) + string(pack)).end()

    out, _, _ = read(data, shift_ms=SHIFT_MS)

    head = len(RdbWriter(REDIS_74).key(number=25, value=milliseconds(NOW)).out) + 5
    shifted = entries(out[head:-9])
    assert shifted == [value, value, LATER, value, value, (1 << 20) + SHIFT_MS, b"last", value, 0]


@pytest.mark.parametrize(
    "before",
    [b"", b"\xf9\x05", b"\xf8\x05", b"\xf8" + length(5000), b"\xf8" + length(50000), b"\xf4" + 3 * length(9)],
    ids=["nothing", "frequency", "idle", "idle 5000", "idle 50000", "slot"],
)
@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_the_expiry_is_that_of_the_next_key_whatever_stands_between(before, chunk):
    data = RdbWriter(REDIS_74).key(expiry=NOW, before=before).key(b"none", before=before).end()

    shifted, frame, keys = read(data, chunk, shift_ms=SHIFT_MS)

    assert keys == [(0, Kind.STRING, b"name", NOW), (0, Kind.STRING, b"none", None)]
    assert shifted == RdbWriter(REDIS_74).key(expiry=LATER, before=before).key(b"none", before=before).end()
    assert frame.expiring == {0: 1}


@pytest.mark.parametrize("chunk", [0, 1])
def test_an_expiry_in_seconds_becomes_one_in_milliseconds(chunk):
    data = RdbWriter().raw(b"\xfd" + struct.pack("<i", NOW // 1000)).key().end()

    shifted, frame, keys = read(data, chunk, shift_ms=SHIFT_MS)

    assert keys == [(0, Kind.STRING, b"name", NOW)]
    assert shifted == RdbWriter().key(expiry=LATER).end()
    assert frame.length == len(data)
    assert read(data, chunk)[0] == data


@pytest.mark.parametrize("chunk", [0, 1])
def test_an_expiry_of_minus_one_is_none(chunk):
    data = RdbWriter().key(expiry=-1).end()

    out, frame, keys = read(data, chunk, shift_ms=SHIFT_MS)

    assert (out, frame.expiring, keys) == (data, {}, [(0, Kind.STRING, b"name", None)])


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize("expiry", [BORDER_MS + SHIFT_MS, (1 << 53) - 1, (1 << 63) - 1])
def test_an_expiry_beyond_the_border_stays(expiry, chunk):
    data = RdbWriter().key(expiry=expiry).end()

    assert read(data, chunk, shift_ms=SHIFT_MS)[0] == data


@pytest.mark.parametrize("chunk", [0, 1])
def test_an_expiry_that_a_shifted_one_could_be_stays_and_is_counted(chunk):
    data = RdbWriter().key(expiry=BORDER_MS).key(expiry=BORDER_MS - 1).key(expiry=BORDER_MS + SHIFT_MS).end()

    out, frame, keys = read(data, chunk, shift_ms=SHIFT_MS)

    assert frame.ambiguous == 1
    assert read(out)[2][0] == keys[0]


@pytest.mark.parametrize("form", LENGTH_FORMS)
@pytest.mark.parametrize("chunk", [0, 1])
def test_lengths_are_read_in_every_form(form, chunk):
    values = (string(b"v", form), compressed(LONG, form))
    writer = RdbWriter()
    for value in values:
        writer.key((string(b"name", form),), value=value)
        writer.key((compressed(b"name" * 9, form),), 18, length(1, form) + length(2, form) + value)
        writer.key((integer(-123456),), 2, length(1, form) + value)

    _, _, keys = read(writer.end(), chunk)

    names = [b"name", b"name" * 9, b"-123456"] * 2
    assert [name for _, _, name, _ in keys] == names


@pytest.mark.parametrize("chunk", [0, 4096])
@pytest.mark.parametrize("size", [0, 1, 63, 64, 255, 256, 8191, 8192, 16383, 16384, 65535, 65536, 1 << 24])
def test_strings_of_any_size_are_read(size, chunk):
    name, members = b"n" * min(size, 65536), length(3) + 3 * string(b"m" * size)
    data = RdbWriter().key(name, value=string(b"v" * size)).key(number=2, value=members).key(b"last").end()

    _, _, keys = read(data, chunk)

    assert [one for _, _, one, _ in keys] == [name, b"name", b"last"]


@pytest.mark.parametrize("chunk", [0, 1])
def test_keys_are_counted_by_database_and_type(chunk):
    writer = (
        RdbWriter()
        .aux(b"redis-ver", b"7.0.15")
        .select(0)
        .resize(2, 1)
        .key(expiry=NOW)
        .key(b"a", 2, length(0))
    )
    writer.select(15).resize(1, 0).key(b"").select(0).key(b"late", 11).select(3)

    _, frame, _ = read(writer.function(b"#!lua name=one").function(b"#!lua name=two").end(), chunk)

    assert frame.keys == {0: {Kind.STRING: 1, Kind.SET: 2}, 15: {Kind.STRING: 1}}
    assert frame.expiring == {0: 1}
    assert frame.resized == {0: (2, 1), 15: (1, 0)}
    assert frame.functions == 2
    assert (frame.flavour, frame.rdb_version, frame.checksummed) == ("redis", 10, True)


@pytest.mark.parametrize(
    ("start", "aux", "flavour"),
    [
        (b"REDIS0011", b"redis-ver", "redis"),
        (b"REDIS0011", b"valkey-ver", "valkey"),
        (b"VALKEY080", b"valkey-ver", "valkey"),
        (b"VALKEY080", b"redis-ver", "valkey"),
    ],
)
def test_the_flavour_is_the_magic_or_what_the_server_calls_itself(start, aux, flavour):
    _, frame, _ = read(RdbWriter(start).aux(aux, b"8.1.0").end())

    assert (frame.flavour, dict(frame.aux)) == (flavour, {aux.decode(): "8.1.0"})


@pytest.mark.parametrize("chunk", [0, 1])
def test_modules_are_named(chunk):
    class_ = module_number("KMT1").to_bytes(4, "little")
    writer = RdbWriter(REDIS_810).raw(b"\xf7" + length(module_number("scdtype00")) + length(2) + length(1))
    writer.raw(module_value((5, b"aux"))).key(b"json", 7, MODULE, expiry=NOW)
    writer.key(b"kept", before=b"\xf3" + length(1) + class_ + module_value((2, 9)), expiry=NOW)

    _, frame, keys = read(writer.end(), chunk)

    assert (frame.modules, frame.beside) == ({"ReJSON-RL", "KMT1"}, {"scdtype00"})
    assert [name for _, _, name, expiry in keys if expiry == NOW] == [b"json", b"kept"]


@pytest.mark.parametrize("chunk", [0, 1, 7, 50])
def test_what_modules_keep_beside_the_keys_is_left_out_for_a_sandbox_and_nothing_else(chunk):
    beside = (
        b"\xf7" + length(module_number("ft_index0")) + length(2) + length(1) + module_value((5, LONG), (2, 9))
    )

    def written(with_modules):
        writer = RdbWriter(REDIS_74)
        for name in (b"first", b"second"):
            writer.raw(beside if with_modules else b"").key(name, 0, string(LONG), expiry=NOW)
        return writer.raw(beside if with_modules else b"").end()

    shifted, frame, _ = read(written(with_modules=True), chunk, shift_ms=SHIFT_MS)
    assert shifted == read(written(with_modules=False), chunk, shift_ms=SHIFT_MS)[0]
    assert (frame.keys, frame.modules, frame.beside) == ({0: {Kind.STRING: 2}}, set(), {"ft_index0"})
    assert read(written(with_modules=True), chunk)[0] == written(with_modules=True)


@pytest.mark.parametrize("chunk", [0, 1])
def test_hashes_have_as_many_values_as_their_template_has_fields(chunk):
    writer = RdbWriter(REDIS_810).raw(b"\xf2" + length(300) + length(2) + string(b"age") + string(b"name"))
    writer.raw(b"\xf2" + length(0) + length(1) + string(b"id")).select(0)
    writer.key(b"one", 32, length(300) + integer(42) + string(b"Ann"), expiry=NOW)
    writer.key(b"two", 32, length(0) + compressed(LONG)).key(b"last")

    _, frame, keys = read(writer.end(), chunk)

    assert [name for _, _, name, _ in keys] == [b"one", b"two", b"last"]
    assert frame.keys == {0: {Kind.HASH: 2, Kind.STRING: 1}}


@pytest.mark.parametrize("chunk", [0, 1])
def test_slots_on_their_way_are_skipped(chunk):
    slot_import = (
        b"\xf3" + string(b"j" * 40) + length(2) + length(0) + length(9) + length(100) + length(16383)
    )

    _, frame, _ = read(RdbWriter(VALKEY_9).raw(slot_import).key().end(), chunk)

    assert frame.keys == {0: {Kind.STRING: 1}}


def test_scripts_are_not_kept():
    _, frame, _ = read(RdbWriter(b"REDIS0009").aux(b"lua", b"return 'secret'").aux(b"ctime", b"1").end())

    assert dict(frame.aux) == {"ctime": "1"}


def test_an_empty_rdb_has_no_keys():
    _, frame, keys = read(RdbWriter().end())

    assert (frame.keys, frame.expiring, frame.length, keys) == ({}, {}, 18, [])


@pytest.mark.parametrize("shift_ms", [0, SHIFT_MS])
def test_an_rdb_without_checksum_is_taken_and_passed_on_without(shift_ms):
    data = RdbWriter().key(expiry=NOW).end(checksum=False)

    out, frame, _ = read(data, shift_ms=shift_ms)

    assert out == RdbWriter().key(expiry=NOW + shift_ms).end(checksum=False)
    assert not frame.checksummed


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_what_follows_the_end_is_left_over(chunk):
    data = RdbWriter().key(expiry=NOW).end()
    reader = RdbReader(SHIFT_MS)

    out = b"".join(
        reader.feed((data + b"key list")[at : at + chunk]) for at in range(0, len(data) + 8, chunk)
    )

    assert reader.ended
    assert reader.rest == b"key list"
    assert out == RdbWriter().key(expiry=LATER).end()
    assert reader.finish().length == len(data)


NO_RDB = {
    b"*2\r\n$6\r\nSELECT\r\n": "append-only file",
    b"file appendonly.aof.1.base.rdb seq 1 type b\n": "manifest of an append-only file",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03": "gzip",
    b"\x28\xb5\x2f\xfd\x00\x00\x00\x00\x00\x00": "zstd",
    b"PK\x03\x04\x00\x00\x00\x00\x00\x00": "zip",
    b"PGDMP\x01\x0e\x00\x04\x08": "PostgreSQL",
    b"<!DOCTYPE html><html>": "HTML",
    b"-NOPERM this user has no permissions": "a server's error",
    b"": "empty",
    b"hello": "neither REDIS nor VALKEY",
    b"REDIX0010": "neither REDIS nor VALKEY",
    b"REDIS10\xfa\x00": "neither REDIS nor VALKEY",
    b"VALKEY9.0": "neither REDIS nor VALKEY",
    b"\x00" * 30: "neither REDIS nor VALKEY",
}


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize("data", NO_RDB, ids=NO_RDB.values())
def test_what_is_no_rdb_is_named(data, chunk):
    error = refused(data, chunk)

    assert error.reason == Reason.NOT_AN_RDB
    assert NO_RDB[data] in str(error)


@pytest.mark.parametrize("aux", [b"aof-base", b"aof-preamble"])
def test_the_base_of_an_append_only_file_is_no_rdb(aux):
    error = refused(RdbWriter().aux(aux, b"1").key().end())

    assert error.reason == Reason.NOT_AN_RDB
    assert "append-only file" in str(error)
    assert read(RdbWriter().aux(aux, b"0").end())[1].keys == {}


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (b"REDIS0099", "RDB version 99 of REDIS, but 5 to 15 are known: update scims-backup"),
        (b"VALKEY081", "RDB version 81 of VALKEY, but 5 to 80 are known: update scims-backup"),
        (b"REDIS0004", "RDB version 4 of REDIS, but 5 to 15 are known: save it with a newer server"),
    ],
)
def test_an_unknown_version_is_not_tried(start, text):
    error = refused(RdbWriter(start).key().end())

    assert (error.reason, str(error)) == (Reason.VERSION_UNKNOWN, text)


UNKNOWN = [
    (REDIS_810, 8, "RDB version 15: type 8 unknown at byte 9: update scims-backup"),
    (REDIS_810, 28, "RDB version 15: type 28 unknown at byte 9: update scims-backup"),
    (b"REDIS0013", 30, "RDB version 13: type 30 unknown at byte 9: update scims-backup"),
    (b"REDIS0014", 32, "RDB version 14: type 32 unknown at byte 9: update scims-backup"),
    (b"REDIS0013", 27, "RDB version 13: type 27 unknown"),
    (REDIS_74, 26, "RDB version 12: type 26 unknown"),
    *[(b"REDIS0011", number, f"RDB version 11: type {number} unknown") for number in range(22, 26)],
    (VALKEY_9, 23, "RDB version 80: type 23 unknown"),
    (VALKEY_9, 24, "RDB version 80: type 24 unknown"),
    (REDIS_810, 241, "RDB version 15: opcode 241 unknown"),
    (b"REDIS0014", 242, "RDB version 14: opcode 242 unknown"),
    (REDIS_74, 243, "RDB version 12: opcode 243 unknown"),
    (VALKEY_9, 242, "RDB version 80: opcode 242 unknown"),
    (REDIS_810, 6, "RDB version 15: type 6 unknown at byte 9: it is of a release candidate"),
    (REDIS_810, 246, "RDB version 15: opcode 246 unknown at byte 9: it is of a release candidate"),
]


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize(("start", "number", "text"), UNKNOWN)
def test_an_unknown_record_is_named_with_its_version(start, number, text, chunk):
    error = refused(RdbWriter(start).key(b"secret", number).end(), chunk)

    assert error.reason == Reason.RECORD_UNKNOWN
    assert text in str(error)
    assert "secret" not in str(error)


DAMAGED = {
    "a length beyond sense": RdbWriter().key(value=b"\x81" + b"\xff" * 8),
    "a name beyond sense": RdbWriter().key((b"\x81" + b"\x7f" * 8,)),
    "members beyond sense": RdbWriter().key(number=2, value=b"\x81" + b"\xff" * 8),
    "a compressed length beyond sense": RdbWriter().key(value=b"\xc3\x81" + b"\xff" * 8 + b"\x01"),
    "an encoding that is none": RdbWriter().key(value=b"\xc4"),
    "a length that is none": RdbWriter().key(value=b"\x82"),
    "a length that is a number's": RdbWriter().key(number=2, value=b"\xc0\x01"),
    "a part of a module that is none": RdbWriter().key(number=7, value=length(1) + length(6)),
    "a hash without its template": RdbWriter(REDIS_810).key(number=32, value=length(1) + string(b"v")),
    "a name that cannot be unpacked": RdbWriter().key((b"\xc3\x02\x09\x20\x05",)),
    "a name of more than 512 MB": RdbWriter().key((length((1 << 29) + 1),)),
    "a name that unpacks to more than 512 MB": RdbWriter().key((b"\xc3\x02" + length(1 << 30) + b"\x00a",)),
    "a name of another length": RdbWriter().key((b"\xc3\x02\x09\x00a",)),
}


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize("writer", DAMAGED.values(), ids=DAMAGED.keys())
def test_what_no_server_writes_is_damage(writer, chunk):
    assert refused(writer.end(), chunk).reason == Reason.DAMAGED


DAMAGED_PACKS = {
    "empty": b"",
    "no end": EX[:-1],
    "bytes after its end": EX + b"\xff",
    "two parts": listpack(b"f", b"v"),
    "an expiry that is no number": listpack(b"f", b"v", b"soon"),
    "an entry that is none": EX[:6] + b"\xf7" + EX[6:],
}


@pytest.mark.parametrize("pack", DAMAGED_PACKS.values(), ids=DAMAGED_PACKS.keys())
def test_a_listpack_without_expiries_where_they_belong_is_damage(pack):
    data = RdbWriter(REDIS_74).key(number=25, value=milliseconds(NOW) + string(pack)).end()

    with pytest.raises(RdbError, match="listpack") as caught:
        read(data, shift_ms=SHIFT_MS)

    assert caught.value.reason == Reason.DAMAGED


def _everything():
    writer = RdbWriter(REDIS_810).aux(b"redis-ver", b"8.6.0").select(0).resize(60, 30).function(b"code")
    for name, (number, value, _) in (VALUES | VALUES_OF_REDIS).items():
        writer.key(name.encode(), number, value, expiry=NOW).key(name.upper().encode(), number, value)
    return writer.end()


@pytest.mark.parametrize("chunk", [0, 7])
def test_a_truncated_rdb_is_reported_wherever_it_ends(chunk):
    data = _everything()

    reasons = {refused(data[:size], chunk).reason for size in range(9, len(data), 301)}

    assert reasons == {Reason.TRUNCATED}
    assert refused(data[:-1]).reason == Reason.TRUNCATED


def test_a_flipped_byte_is_reported_wherever_it_is():
    data = _everything()

    for at in range(0, len(data), 13):
        refused(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])


def test_a_flipped_byte_of_a_value_is_seen_by_the_checksum():
    data = RdbWriter().key(value=string(b"value")).end()

    error = refused(data.replace(b"value", b"vulue"))

    assert error.reason == Reason.CHECKSUM_WRONG
    assert "vulue" not in str(error)


NAMES = st.one_of(
    st.binary(max_size=100).map(lambda name: (string(name), name)),
    st.integers(-(1 << 31), (1 << 31) - 1).map(lambda number: (integer(number), b"%d" % number)),
    st.binary(min_size=1, max_size=60).map(lambda name: (compressed(name * 3), name * 3)),
)
KEYS = st.tuples(
    NAMES,
    st.sampled_from([*VALUES.values(), *VALUES_OF_REDIS.values()]),
    st.none() | st.integers(0, BORDER_MS - 1),
    st.sampled_from([b"", b"\xf9\x05", b"\xf8\x05"]),
)


@given(st.dictionaries(st.integers(0, 70), st.lists(KEYS, max_size=8), max_size=4), st.integers(1, 300))
def test_any_keys_in_any_databases_are_read_in_any_chunks(databases, chunk):
    plain, shifted, expected = RdbWriter(REDIS_810), RdbWriter(REDIS_810), []
    for database, keys in databases.items():
        plain.select(database).resize(len(keys), 0)
        shifted.select(database).resize(len(keys), 0)
        for (written, name), (number, value, kind), expiry, before in keys:
            plain.key((written,), number, value, expiry, before)
            shifted.key((written,), number, value, expiry and expiry + SHIFT_MS, before)
            expected.append((database, kind, name, expiry))

    out, frame, keys = read(plain.end(), chunk)
    _, _, later = read(read(plain.end(), chunk, shift_ms=SHIFT_MS)[0])

    assert out == plain.end()
    assert keys == expected
    assert later == [(*key, expiry if expiry is None else expiry + SHIFT_MS) for *key, expiry in expected]
    assert sum(sum(kinds.values()) for kinds in frame.keys.values()) == len(expected)


def test_memory_does_not_grow_with_a_string_of_512_mb():
    megabyte = bytes(1 << 20)
    reader = RdbReader(SHIFT_MS)
    start = RdbWriter().key(value=length(512 << 20, "32 bits")).out
    crc = CRC64.calc(start)
    tracemalloc.start()

    out = len(reader.feed(start))
    for _ in range(512):
        out += len(reader.feed(megabyte))
        crc = CRC64.calc(megabyte, crc)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    out += len(reader.feed(b"\xff" + CRC64.calc(b"\xff", crc).to_bytes(8, "little")))

    assert reader.finish().length == out == len(start) + (512 << 20) + 9
    assert peak < 8 << 20


@pytest.mark.parametrize("chunk", [64, 1 << 16])
@pytest.mark.parametrize(
    ("number", "after", "each"), [(2, b"", 1), (5, b"12345678", 1), (4, b"", 2), (1, b"", 1)], ids=str
)
def test_members_are_not_held_nor_read_again(number, after, each, chunk):
    member = string(b"member") + after
    data = RdbWriter().key(number=number, value=length(100_000 // each) + member * 100_000).end()
    reader = RdbReader(SHIFT_MS)
    tracemalloc.start()

    for at in range(0, len(data), chunk):
        reader.feed(data[at : at + chunk])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert reader.finish().keys == {0: {{2: Kind.SET, 5: Kind.ZSET, 4: Kind.HASH, 1: Kind.LIST}[number]: 1}}
    assert peak < 500_000


def test_a_reader_that_refused_stays_without_a_frame():
    data = RdbWriter().key().end()
    reader = RdbReader()
    with pytest.raises(RdbError):
        reader.feed(data[:-8] + b"damaged!")

    reader.feed(data)

    assert not reader.ended
    with pytest.raises(RdbError):
        reader.finish()


@pytest.mark.parametrize("chunk", [0, 1])
def test_what_the_callback_raises_is_not_swallowed(chunk):
    def fail(*_key):
        raise IndexError("of the callback")

    data = RdbWriter().key(expiry=NOW).end()
    for callback in ("on_key", "on_keys"):
        reader = RdbReader(SHIFT_MS, **{callback: fail})

        with pytest.raises(IndexError, match="of the callback"):
            fed(reader, data, chunk)


def test_the_buffer_of_a_chunk_may_be_used_again():
    data = RdbWriter().key(expiry=NOW).key(b"two").end()
    reader, buffer = RdbReader(), bytearray(8)

    for at in range(0, len(data), 8):
        part = data[at : at + 8]
        buffer[:] = part
        reader.feed(buffer)

    assert reader.finish().keys == {0: {Kind.STRING: 2}}


ODD_BEGINNINGS = {
    "the value has the first colon": (string(b"name"), string(b"v:w")),
    "the next key has the first colon": (string(b"name"), string(b"")),
    "a colon ends the name": (string(b"name:"), string(b":")),
    "a colon begins the name": (string(b":name"), string(b"v")),
    "the name is empty": (string(b""), string(b":")),
    "the longest prefix": (string(b"p" * LONGEST + b":n"), string(b"v")),
    "a prefix that is too long": (string(b"p" * (LONGEST + 1) + b":n"), string(b"v")),
    "the name is a number": (integer(58), string(b":")),
    "the name is a large number": (integer(0x3A3A), string(b":")),
    "the name is compressed": (compressed(b"a:" + b"b" * 70), string(b":")),
    "the name is long": (string(b"a:" + b"b" * 70), string(b":")),
    "the length is not the shortest": (string(b"a:b", "32 bits"), string(b":")),
}


@pytest.mark.parametrize("chunk", [0, 1, 7])
@pytest.mark.parametrize(("name", "value"), ODD_BEGINNINGS.values(), ids=ODD_BEGINNINGS)
def test_keys_are_grouped_by_how_their_names_begin(name, value, chunk):
    key = b"\0" + name + value
    expiring = b"\xfc" + milliseconds(NOW)
    data = RdbWriter().raw(key + expiring + key + key).key(b"next:key").end()

    _, frame, keys = read(data, chunk)  # compares the groups

    assert len(keys) == 4
    assert frame.expiring == {0: 1}


@pytest.mark.parametrize("chunk", [0, 1, 7, 1000])
@pytest.mark.parametrize("size", [0, 1, 62, 63, 64, 65, 255, 256, 16_383, 16_384])
@pytest.mark.parametrize("form", [string, compressed])
def test_values_of_every_length_of_a_length(form, size, chunk):
    value = form(b"v" * size)
    writer = RdbWriter()
    for number in range(3):
        writer = writer.key(b"a:%d" % number, 0, value, expiry=NOW).key(b"b:%d" % number, 10, value)

    passed_on, frame, _ = read(writer.end(), chunk, shift_ms=SHIFT_MS)

    assert frame.keys == {0: {Kind.STRING: 3, Kind.LIST: 3}}
    assert passed_on.count(milliseconds(NOW + SHIFT_MS)) == 3


@pytest.mark.parametrize("chunk", [0, 5])
@pytest.mark.parametrize(
    "before", [b"", b"\xf8\x05", b"\xf8\x45\x00", b"\xf8\x80\x00\x01\x00\x00", b"\xf9\xff"]
)
@pytest.mark.parametrize(
    "expiry",
    [None, -1, 0, 1, NOW, BORDER_MS - 1, BORDER_MS, BORDER_MS + SHIFT_MS - 1, BORDER_MS + SHIFT_MS, -5],
)
def test_idle_times_and_expiries_before_a_key(expiry, before, chunk):
    mark = b"" if expiry is None else b"\xfc" + milliseconds(expiry)
    data = RdbWriter().raw((mark + before + b"\0" + string(b"a:b") + string(b"v")) * 3).end()

    _, frame, keys = read(data, chunk, shift_ms=SHIFT_MS)

    assert [key[3] for key in keys] == 3 * [None if expiry == -1 else expiry]
    assert frame.ambiguous == (3 if expiry in (BORDER_MS, BORDER_MS + SHIFT_MS - 1) else 0)
