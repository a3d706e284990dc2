"""Two proofs of Redis beside each other: what is a difference, what is none, and how it is named."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.redis.rules.abilities import Ability
from scims_backup.engines.redis.rules.comparison import NAMED, compare
from scims_backup.engines.redis.rules.key_names import moment
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.proof import KeyList, Keys, RedisProof, RedisServer
from scims_backup.engines.redis.rules.records import NEVER, KeyRecord, hashed

SALT = b"salt"
NOW = 1_795_917_600_000
SERVER = RedisServer("redis", "7.0.15", 10)
PREFIXES = ("", "session")


def key(name, database=0, **more):
    facts = {"kind": Kind.STRING, "prefix": 1, "digest": b"a" * 12, **more}
    return KeyRecord(database, hashed(name.encode(), SALT), **facts)


def proof(*records, as_of=None, salt=SALT, **more):
    """Return a proof whose list has some records."""

    @contextmanager
    def at_hand():
        yield iter(sorted(record.pack() for record in records))

    counted: dict[tuple[int, str, Kind], int] = {}
    for one in records:
        group = (one.database, PREFIXES[one.prefix], one.kind)
        counted[group] = counted.get(group, 0) + 1
    facts = {
        "level": Level.FULL,
        "server": SERVER,
        "keys": tuple(Keys(*group, number, 0, "digest") for group, number in sorted(counted.items())),
        "prefixes": PREFIXES,
        "key_list": KeyList(salt.hex(), len(records), "0"),
        "at_hand": at_hand,
        **more,
    }
    return RedisProof(as_of=as_of, **facts)


def kinds(findings):
    return sorted(one.kind for one in findings)


def test_equal_proofs_have_no_differences():
    same = proof(key("a"), key("b"), key("a", 1))
    assert compare(same, same) == ([], [])


CHANGED = {
    "value-changed": (
        key("a", digest=b"b" * 12),
        "string with digest 616161616161",
        "string with digest 626262626262",
    ),
    "type-changed": (key("a", kind=Kind.LIST), "string", "list"),
    "expiry-gained": (key("a", expiry=NOW), "no expiry", "2026-11-29T02:00:00.000Z"),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_a_changed_key_is_named_by_database_prefix_and_hash(kind):
    after, expected, found = CHANGED[kind]
    before = key("a")
    findings, _ = compare(proof(before, key("b")), proof(after, key("b")))
    name = f"key of database 0, session:… ({before.name.hex()[:8]})"
    assert findings == [Finding(kind, name, expected, found)]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [(NOW, NEVER, "expiry-lost"), (NEVER, NOW, "expiry-gained"), (NOW, NOW + 1, "expiry-changed")],
)
def test_a_changed_expiry_is_told_from_a_changed_value(before, after, kind):
    findings, _ = compare(proof(key("a", expiry=before)), proof(key("a", expiry=after)))
    assert kinds(findings) == [kind]


def test_a_key_without_a_prefix_is_named_by_its_hash():
    findings, _ = compare(proof(key("a", prefix=0)), proof())
    assert findings == [
        Finding("key-lost", f"key of database 0, ({key('a').name.hex()[:8]})", "present", "missing")
    ]


def test_a_key_that_another_database_has_instead_was_moved():
    findings, _ = compare(proof(key("a"), key("b")), proof(key("a", 3), key("b")))
    assert [(one.kind, one.expected, one.found) for one in findings] == [
        ("key-moved", "in database 0", "in database 3")
    ]


def test_a_key_that_was_moved_and_changed_has_two_findings():
    findings, _ = compare(proof(key("a")), proof(key("a", 3, digest=b"b" * 12)))
    assert kinds(findings) == ["key-moved", "value-changed"]


def test_a_key_that_is_in_both_databases_was_not_moved():
    findings, _ = compare(proof(key("a"), key("a", 1)), proof(key("a", 1)))
    assert kinds(findings) == ["key-lost"]


# what has expired since

EXPIRED = {
    "key gone": ([key("a", expiry=NOW - 1)], []),
    "key gone at that very moment": ([key("a", expiry=NOW)], []),
    "hash gone with its fields": ([key("a", kind=Kind.HASH, fields=NOW - 1)], []),
    "hash without some fields": (
        [key("a", kind=Kind.HASH, fields=NOW - 1)],
        [key("a", kind=Kind.HASH, digest=b"b" * 12)],
    ),
}


@pytest.mark.parametrize("case", EXPIRED)
def test_what_expired_since_is_counted_and_is_no_difference(case):
    before, after = EXPIRED[case]
    findings, not_checked = compare(proof(*before), proof(*after, as_of=NOW))
    assert findings == []
    assert not_checked == [
        NotChecked(
            "expired keys of database 0", "1 key changed or gone since, as expiries in the backup explain"
        )
    ]


@pytest.mark.parametrize("case", EXPIRED)
def test_where_nothing_can_expire_a_lost_key_is_a_difference_whatever_its_expiry(case):
    before, after = EXPIRED[case]
    findings, not_checked = compare(proof(*before), proof(*after, as_of=None))
    assert len(findings) == 1
    assert not_checked == []


@pytest.mark.parametrize("expiry", [NOW + 1, NEVER])
def test_a_key_whose_expiry_is_still_to_come_is_lost(expiry):
    findings, _ = compare(proof(key("a", expiry=expiry)), proof(as_of=NOW))
    assert kinds(findings) == ["key-lost"]


def test_a_key_whose_expiry_was_lost_is_named_though_that_has_passed():
    findings, _ = compare(proof(key("a", expiry=NOW - 1)), proof(key("a"), as_of=NOW))
    assert kinds(findings) == ["expiry-lost"]


# many


def test_many_differences_are_named_in_part_and_counted_all():
    before = [key(str(number)) for number in range(NAMED + 5)]
    findings, _ = compare(proof(*before), proof(key("new")))
    assert kinds(findings).count("key-lost") == NAMED + 1
    lost = [one for one in findings if one.kind == "key-lost"]
    assert lost[0] == Finding("key-lost", "all databases", "0 keys", "105 keys, of which 100 are named")
    assert kinds(findings).count("key-gained") == 1


# names


def test_names_are_shown_where_they_are_found():
    names = {key("a").key: b"session:\xff\n1"}
    findings, _ = compare(
        proof(key("a"), key("b")), proof(), lambda wanted: {one: names[one] for one in wanted & names.keys()}
    )
    assert [one.object.partition(", ")[2][:9] for one in findings if "\\xff\\n1" in one.object] == [
        '"session:'
    ]
    assert len([one for one in findings if "session:…" in one.object]) == 1


def test_only_the_names_of_findings_are_asked_for():
    asked = []

    def find(wanted):
        asked.extend(wanted)
        return {}

    compare(proof(key("a"), key("b")), proof(key("b")), find)
    assert asked == [key("a").key]


# what cannot be compared


def without_list(one):
    return replace(one, at_hand=None)


def test_without_a_list_the_group_that_differs_is_named():
    before, after = without_list(proof(key("a"), key("b"))), without_list(proof(key("a")))
    findings, not_checked = compare(before, after)
    name = "keys of database 0, session:…, type string"
    assert findings == [Finding("keys-differ", name, "2 keys", "1 key")]
    assert [one.object for one in not_checked] == ["which keys differ"]


def test_without_a_list_a_changed_value_is_found_by_the_digest():
    before = without_list(proof(key("a")))
    after = replace(before, keys=(replace(before.keys[0], digest="other"),))
    assert kinds(compare(before, after)[0]) == ["keys-differ"]


def test_without_a_list_keys_that_may_have_expired_are_not_judged():
    before = without_list(proof(key("a"), key("b")))
    before = replace(before, keys=(replace(before.keys[0], expiring=1),))
    findings, not_checked = compare(before, replace(without_list(proof(key("a"))), as_of=NOW))
    assert findings == []
    assert any("1 key fewer" in one.reason for one in not_checked)
    assert kinds(compare(before, without_list(proof(as_of=NOW)))[0]) == ["keys-differ"]


def test_another_salt_leaves_the_counts():
    before, after = proof(key("a"), key("b")), proof(key("a"), salt=b"other")
    findings, not_checked = compare(before, after)
    assert kinds(findings) == ["keys-differ"]
    assert [one.object for one in not_checked] == ["values of keys"]


@pytest.mark.parametrize("prefixes", [(), PREFIXES])
def test_counts_of_other_prefixes_are_compared_by_type(prefixes):
    counted = {"level": Level.COUNTS, "key_list": None, "at_hand": None}
    before = replace(proof(key("a"), key("b")), **counted)
    after = replace(proof(key("a", prefix=0), key("b", prefix=0)), **counted, prefixes=prefixes)
    findings, not_checked = compare(before, after)
    assert (findings == []) is (prefixes != PREFIXES)
    assert {one.object for one in not_checked} == {"values of keys", "function libraries"}


def test_functions_are_not_judged_at_level_counts():
    before = proof(level=Level.COUNTS, key_list=None)
    assert compare(before, proof(functions={"lib": "1"}))[0] == []


def test_streams_of_servers_that_say_other_things_of_them_are_not_judged():
    stream = key("a", kind=Kind.STREAM)
    before = proof(stream, key("b"), abilities=(Ability.STREAM_FIGURES,))
    after = proof(replace(stream, digest=b"b" * 12), replace(key("b"), digest=b"b" * 12))
    findings, not_checked = compare(before, after)
    assert kinds(findings) == ["value-changed"]
    assert [one.object for one in not_checked] == ["values of keys of database 0"]


def test_values_that_only_a_module_reads_are_not_judged():
    same = proof(key("a", kind=Kind.MODULE), undigested={"MBbloom--": 1})
    assert compare(same, same)[1] == [
        NotChecked("values of keys of type MBbloom--", "1 key: only a module can read them")
    ]


@pytest.mark.parametrize(
    ("flavour", "version", "said"), [("redis", "7.2.1", 0), ("redis", "8.0.2", 1), ("valkey", "7.2.5", 1)]
)
def test_another_server_is_said(flavour, version, said):
    other = replace(proof(), server=RedisServer(flavour, version, 11))
    assert compare(proof(), other)[0] == []
    assert len(compare(proof(), other)[1]) == said


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({"lib": "1"}, {}, "function-lost"),
        ({}, {"lib": "1"}, "function-gained"),
        ({"lib": "1"}, {"lib": "2"}, "function-changed"),
    ],
)
def test_a_library_of_functions_is_named(before, after, kind):
    findings, _ = compare(proof(functions=before), proof(functions=after))
    assert [(one.kind, one.object) for one in findings] == [(kind, "function library lib")]


@pytest.mark.parametrize(
    ("expiry", "written"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (NEVER, "no expiry"),
        (1, "1970-01-01T00:00:00.001Z"),
        (2**63 - 1, f"{2**63 - 1} ms"),
    ],
)
def test_an_expiry_is_written_to_the_millisecond(expiry, written):
    assert moment(expiry) == written
