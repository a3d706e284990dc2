"""The digest of large objects: every byte of each, and which object it is in."""

import pytest

from tests.support.proving import LARGE_OBJECTS, rows_of

LARGE = """
CREATE TABLE files (id oid);
INSERT INTO files SELECT lo_from_bytea(0, decode(repeat('ab', n), 'hex')) FROM generate_series(0, 20) AS n;
INSERT INTO files SELECT lo_from_bytea(0, decode(repeat(md5('x'), 65536 * 3), 'hex'));
INSERT INTO files SELECT lo_from_bytea(0, decode(repeat('cd', 1048576), 'hex'));
INSERT INTO files SELECT lo_create(0);
"""
SPARSE = """
DO $$ DECLARE made oid := lo_create(4711); BEGIN
    PERFORM lo_put(made, 5000000, 'far');
    PERFORM lo_put(made, 100, 'near');
END $$;
"""


@pytest.mark.parametrize(
    "change",
    [
        "SELECT lo_put(id, 0, 'x') FROM files OFFSET 5 LIMIT 1",
        r"SELECT lo_put(4711, 3000000, '\x01')",
        "SELECT lo_put(4711, 5000003, 'y')",
        "SELECT lo_unlink(id) FROM files LIMIT 1",
        "SELECT lo_unlink(4711), lo_create(4712)",
        "SELECT lo_create(4712)",
        "SELECT lo_put(4711, 4999999, 'far')",
    ],
)
def test_a_change_of_a_large_object_is_seen(database, change):
    database.execute(LARGE + SPARSE)
    first = rows_of(database)[LARGE_OBJECTS]
    assert first.rows == 25
    database.execute(change)
    assert rows_of(database)[LARGE_OBJECTS] != first


def test_two_large_objects_that_exchange_a_piece_are_seen(database):
    database.execute("""
        SELECT lo_from_bytea(1001, convert_to(repeat('a', 1048576) || repeat('b', 9), 'UTF8')),
               lo_from_bytea(1002, convert_to(repeat('c', 1048576) || repeat('d', 9), 'UTF8'))
    """)
    first = rows_of(database)[LARGE_OBJECTS]
    database.execute("SELECT lo_put(1001, 1048576, 'ddddddddd'), lo_put(1002, 1048576, 'bbbbbbbbb')")
    assert rows_of(database)[LARGE_OBJECTS] != first
