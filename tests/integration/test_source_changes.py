"""Migrations at every step of a running dump: what is committed always equals its proof.

The worst of them are tried at every step, the others at the one where most went wrong; with
SCIMS_TEST_EVERY_STEP=1 in the environment all are tried at all steps.
"""

import importlib
import os
import threading
from typing import Any

import pytest

from scims_backup.domain.errors import SourceChangedError
from tests.support.backups import Intruder, Workbench, before

source: Any = importlib.import_module("scims_backup.engines.postgresql.dumping.source")
row_workers: Any = importlib.import_module("scims_backup.engines.postgresql.proving.row_workers")

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price numeric, note text, remark text,
                    mood mood);
CREATE INDEX items_note ON items (note);
CREATE TABLE small (id int PRIMARY KEY, item bigint REFERENCES items);
CREATE FUNCTION seven() RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE TABLE alone (id int DEFAULT seven());
CREATE SCHEMA apart;
CREATE TABLE apart.notes (mood mood);
CREATE FUNCTION body() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
CREATE VIEW notes AS SELECT id, note FROM items;
CREATE VIEW moods AS SELECT 1 AS one;
CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 41';
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamped BEFORE UPDATE ON small FOR EACH ROW EXECUTE FUNCTION stamp();
INSERT INTO items (price, note, remark, mood)
    SELECT n, repeat(md5(n::text), 100), 'remark ' || n, 'sad' FROM generate_series(1, 1500) AS n;
INSERT INTO small SELECT n, n FROM generate_series(1, 100) AS n;
INSERT INTO alone SELECT n FROM generate_series(1, 100) AS n;
"""

CHANGES = {
    "truncate": "TRUNCATE alone",
    "truncate of what streams": "TRUNCATE items CASCADE",
    "rewriting type": "ALTER TABLE items ALTER price TYPE float8",
    "rewriting default": "ALTER TABLE alone ADD COLUMN x float8 DEFAULT random()",
    "column added": "ALTER TABLE items ADD COLUMN x int",
    "column dropped": "ALTER TABLE items DROP COLUMN remark",
    "column renamed": "ALTER TABLE items RENAME note TO text",
    "columns exchanged": "ALTER TABLE items RENAME note TO x; ALTER TABLE items RENAME remark TO note;"
    "ALTER TABLE items RENAME x TO remark",
    "table renamed": "ALTER TABLE alone RENAME TO lonely",
    "table moved": "CREATE SCHEMA elsewhere; ALTER TABLE alone SET SCHEMA elsewhere",
    "table created": "CREATE TABLE fresh AS SELECT 1 AS one",
    "table dropped": "DROP TABLE alone",
    "table replaced": "DROP TABLE alone; CREATE TABLE alone (id int); INSERT INTO alone VALUES (7)",
    "index dropped": "DROP INDEX items_note",
    "index created": "CREATE INDEX items_remark ON items (remark)",
    "index replaced": "DROP INDEX items_note; CREATE INDEX items_note ON items (remark)",
    "index rebuilt": "REINDEX INDEX CONCURRENTLY items_note",
    "view changed": "CREATE OR REPLACE VIEW notes AS SELECT id, remark AS note FROM items",
    "view widened": "CREATE OR REPLACE VIEW moods AS SELECT 1 AS one, 2 AS two",
    "view of a new column": "ALTER TABLE items ADD COLUMN x int;"
    "CREATE OR REPLACE VIEW moods AS SELECT 1 AS one, (SELECT max(x) FROM items) AS two",
    "trigger of a new column": "ALTER TABLE small ADD COLUMN x int; CREATE OR REPLACE TRIGGER stamped"
    " BEFORE UPDATE OF x ON small FOR EACH ROW EXECUTE FUNCTION stamp()",
    "body of a new column": "ALTER TABLE small ADD COLUMN x int;"
    "CREATE OR REPLACE FUNCTION body() RETURNS bigint LANGUAGE sql"
    " BEGIN ATOMIC SELECT sum(x) FROM small; END",
    "type renamed": "ALTER TYPE mood RENAME TO feeling",
    "function of a default renamed": "ALTER FUNCTION seven() RENAME TO eight",
    "schema renamed": "ALTER SCHEMA apart RENAME TO away",
    "view dropped": "DROP VIEW moods",
    "function changed": "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42'",
    "label renamed": "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    "labels exchanged": "ALTER TYPE mood RENAME VALUE 'sad' TO 'x';"
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'sad'; ALTER TYPE mood RENAME VALUE 'x' TO 'ok'",
    "label added": "ALTER TYPE mood ADD VALUE 'blue'",
    "grant": "GRANT SELECT ON items TO PUBLIC",
    "comment": "COMMENT ON TABLE items IS 'new'",
    "constraint dropped": "ALTER TABLE small DROP CONSTRAINT small_item_fkey",
    "constraint added": "ALTER TABLE small ADD CHECK (id > 0)",
    "trigger dropped": "DROP TRIGGER stamped ON small",
    "trigger off": "ALTER TABLE small DISABLE TRIGGER stamped",
    "sequence restarted": "ALTER SEQUENCE items_id_seq RESTART WITH 9000",
    "table rewritten in place": "VACUUM FULL alone",
    "rows only": "DELETE FROM small WHERE id > 50; UPDATE items SET price = 0; INSERT INTO alone VALUES (0)",
    "exchanged for one restored": "CREATE TABLE next AS SELECT 7 AS id; ALTER TABLE alone RENAME TO gone;"
    "ALTER TABLE next RENAME TO alone",
}
SEPARATE = {"index rebuilt", "table rewritten in place"}


def at_the_inventory(monkeypatch, strike):
    monkeypatch.setattr(source, "read_inventory", before(source.read_inventory, strike))


def at_the_schema(monkeypatch, strike):
    monkeypatch.setattr(source, "ProofRun", before(source.ProofRun, strike))


def at_the_start_of_the_dump(monkeypatch, strike):
    monkeypatch.setattr(source, "dumped", before(source.dumped, strike))


def at_the_first_bytes(monkeypatch, strike):
    monkeypatch.setattr(source.ProofRun, "look_again", before(source.ProofRun.look_again, strike))


def in_the_midst_of_the_bytes(monkeypatch, strike):
    monkeypatch.setattr(source, "dumped", _struck(source.dumped, lambda number: number == 1, strike))


def after_the_last_bytes(monkeypatch, strike):
    monkeypatch.setattr(source.ProofRun, "result", before(source.ProofRun.result, strike))


def between_the_dump_and_the_last_table(monkeypatch, strike):
    """Let the tables be read only after the dump has ended, and something has happened."""
    ended, read_rows, dumped = threading.Event(), row_workers.read_rows, source.dumped

    def after_the_dump(*arguments):
        assert ended.wait(60)
        return read_rows(*arguments)

    def ending(*arguments):
        try:
            yield from dumped(*arguments)
            strike()
        finally:
            ended.set()

    monkeypatch.setattr(row_workers, "read_rows", after_the_dump)
    monkeypatch.setattr(source, "dumped", ending)


STEPS = [
    at_the_inventory,
    at_the_schema,
    at_the_start_of_the_dump,
    at_the_first_bytes,
    in_the_midst_of_the_bytes,
    after_the_last_bytes,
    between_the_dump_and_the_last_table,
]


WORST = {
    "view of a new column",
    "truncate",
    "columns exchanged",
    "labels exchanged",
    "exchanged for one restored",
    "rewriting type",
}
HARMLESS = {"table created", "index created", "rows only", "sequence restarted", "index rebuilt"}
TRIED = [
    (change, step)
    for change in CHANGES
    for step in STEPS
    if change in WORST or step is at_the_start_of_the_dump or os.environ.get("SCIMS_TEST_EVERY_STEP")
]


@pytest.mark.parametrize(("change", "step"), TRIED, ids=lambda tried: getattr(tried, "__name__", tried))
def test_what_is_committed_equals_its_proof_though_something_changed(
    server, new_database, monkeypatch, tmp_path, change, step
):
    database = new_database(server)
    database.execute(SCHEMA)
    statements = CHANGES[change]
    intruder = Intruder(database, statements if change in SEPARATE else f"BEGIN; {statements}; COMMIT")
    step(monkeypatch, intruder.strike)
    workbench = Workbench(database)
    manifest = workbench.take()
    intruder.finish()
    assert not intruder.failures
    assert workbench.findings(manifest, new_database(server), tmp_path) == []
    assert change not in HARMLESS or not manifest.warnings


def test_a_source_that_changes_at_every_try_fails_by_name(database, monkeypatch):
    database.execute(SCHEMA)
    intruder = Intruder(database, "TRUNCATE alone", times=9)
    at_the_start_of_the_dump(monkeypatch, intruder.strike)
    workbench = Workbench(database)
    with pytest.raises(SourceChangedError, match=r"rewritten, truncated or replaced .*: public\.alone"):
        workbench.take()
    assert (workbench.manifests(), workbench.vault.stored) == ([], {})


def _struck(dumped, when, strike):
    def streaming(*arguments):
        for number, chunk in enumerate(dumped(*arguments)):
            if when(number):
                strike()
            yield chunk

    return streaming
