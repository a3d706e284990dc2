"""What each table or group of keys holds: partitions count for their table, and what expires is known."""

from dataclasses import replace

import pytest

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.rules.holdings import rows_by_table
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.proof import Keys, RedisProof, RedisServer
from tests.faults import a_proof


def a_part(of):
    return {"partition_bound": "FOR VALUES IN (1)", "parents": [of]}


SCHEMA = {
    "table": {
        "public.events": {"partitioned": True},
        "public.events_2026": {**a_part("public.events"), "partitioned": True},
        "public.events_2026_11": a_part("public.events_2026"),
        "public.events_2025": a_part("public.events"),
        "public.child": {"parents": ["public.items"]},
        "public.items": {},
        "public.odd": a_part("public.odd"),
    }
}


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ({"public.items": 3, "public.child": 4}, {"public.items": 3, "public.child": 4}),
        ({"public.events_2026_11": 5, "public.events_2025": 7}, {"public.events": 12}),
        ({"public.odd": 1}, {"public.odd": 1}),
        ({"public.unknown": 2}, {"public.unknown": 2}),
    ],
    ids=["tables, though one inherits", "partitions, however deep", "a part of itself", "not in the schema"],
)
def test_rows_are_counted_by_table(rows, counts):
    assert rows_by_table(rows, SCHEMA).counts == counts


def test_what_is_in_the_schema_without_rows_is_not_counted():
    proof = replace(a_proof(), schema={"table": {"public.items": {}}, "foreign-table": {"public.far": {}}})
    assert proof.holdings().uncounted == {"public.far"}


def test_keys_are_counted_by_database_prefix_and_type():
    keys = (Keys(0, "session", Kind("string"), 40, 30), Keys(1, "", Kind("list"), 5, 0))
    holdings = RedisProof(Level.COUNTS, RedisServer("redis", "7.0.15", 10), keys).holdings()
    assert holdings.counts == {"database 0, session:…, type string": 40, "database 1, type list": 5}
    assert holdings.expiring == {"database 0, session:…, type string": 30}
