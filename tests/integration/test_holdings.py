"""What a real database's proof says that each table holds, beside a real server's partitions."""

from tests.support.proving import proof_of

TABLES = """
CREATE TABLE items (id int);
INSERT INTO items SELECT generate_series(1, 7);
CREATE TABLE events (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100) PARTITION BY HASH (id);
CREATE TABLE events_1_a PARTITION OF events_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_1_b PARTITION OF events_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
INSERT INTO events SELECT i, i FROM generate_series(1, 150) AS i;
CREATE TABLE heirs () INHERITS (items);
INSERT INTO heirs VALUES (1);
CREATE VIEW seen AS SELECT * FROM items;
"""


def test_rows_of_partitions_count_for_their_table_and_those_of_heirs_for_themselves(database):
    database.execute(TABLES)
    holdings = proof_of(database).holdings()
    assert holdings.counts == {"public.items": 7, "public.events": 150, "public.heirs": 1}
    assert "public.seen" in holdings.uncounted


def test_a_partition_that_is_dropped_leaves_its_table(database):
    database.execute(TABLES)
    database.execute("DROP TABLE events_2")
    assert proof_of(database).holdings().counts["public.events"] == 99
