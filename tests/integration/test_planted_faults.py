"""What the product promises: each fault planted in a restored copy is named, and nothing harmless is."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from psycopg import sql

from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, Report, Verdict
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.usecases.drills.judge import judged
from tests.fakes import RecordedProgress
from tests.support.databases import Database
from tests.support.proving import copy, proof_of
from tests.support.scims import load_scims
from tests.support.servers import PostgresServer

_EXTRAS = """
CREATE POLICY active_only ON users FOR SELECT TO scims_app
  USING (active AND username IN ('user1', 'user2'));
CREATE TABLE prices (id int PRIMARY KEY, amount numeric NOT NULL, mood craft_status NOT NULL);
INSERT INTO prices
  SELECT n, (n || '.0')::numeric, (enum_range(NULL::craft_status))[1 + n % 5] FROM generate_series(1, 50) n;
ALTER TABLE prices ADD CHECK (mood IN ('queued', 'done', 'failed', 'running', 'cancelled'));
CREATE TABLE shelves (status craft_status, n int) PARTITION BY HASH (status);
CREATE TABLE shelves_0 PARTITION OF shelves FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shelves_1 PARTITION OF shelves FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO shelves SELECT (enum_range(NULL::craft_status))[1 + n % 5], n FROM generate_series(1, 100) n;
GRANT SELECT ON prices TO scims_app; REVOKE SELECT ON prices FROM scims_app;
CREATE TYPE direction AS ENUM ('up', 'down');
"""
_SETTING = "ALTER DATABASE {} SET work_mem = '9MB'"


@dataclass(frozen=True)
class Restored:
    """A proof of the source, and a restored copy that serves as the template of one for each test."""

    server: PostgresServer
    proof: Proof
    template: str


@pytest.fixture(scope="module")
def restored(each_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    """Build a SCIMS database and restore its dump once on each server."""
    server = each_server
    names = ("planted_source", "planted_template")
    source, template = (Database(server, name) for name in names)
    try:
        for name in names:
            server.create_database(name)
            _set(server, name)
        load_scims(source)
        source.execute(_EXTRAS)
        copy(source, template, tmp_path_factory.mktemp("planted"))
        yield Restored(server, proof_of(source), template.name)
    finally:
        for name in names:
            server.drop_database(name)


@pytest.fixture
def copied(restored: Restored) -> Iterator[Database]:
    """Give a copy of the restored database that a test may spoil."""
    restored.server.create_database("planted_copy", options=f"TEMPLATE {restored.template}")
    try:
        _set(restored.server, "planted_copy")
        yield Database(restored.server, "planted_copy")
    finally:
        restored.server.drop_database("planted_copy")


def _set(server: PostgresServer, name: str) -> None:
    with server.connect() as connection:
        connection.execute(sql.SQL(_SETTING).format(sql.Identifier(name)))


def _compared(restored: Restored, copied: Database) -> Report:
    database = PostgresDatabase(Address.parse(copied.url))
    return judged(restored.proof, database, Questions(role="scims_app"), RecordedProgress())


_EXCHANGE = """
ALTER TABLE users DISABLE TRIGGER updated_at;
UPDATE users SET password_hash = other.password_hash FROM users other
 WHERE (users.username, other.username) IN (('user1', 'user2'), ('user2', 'user1'));
ALTER TABLE users ENABLE TRIGGER updated_at
"""
_OTHER_VIEW = """
CREATE OR REPLACE VIEW open_crafts AS
  SELECT c.number, b.name AS blueprint, u.username AS crafter, c.status, c.quantity, c.created_at
    FROM crafts c JOIN blueprints b ON b.id = c.blueprint_id LEFT JOIN users u ON u.id = c.crafter_id
   WHERE c.status IN ('queued')
"""
_DOUBLE = """
ALTER TABLE prices DROP CONSTRAINT prices_pkey;
INSERT INTO prices SELECT * FROM prices WHERE id = 7
"""
_PLANTED: dict[str, tuple[str, Finding | tuple[str, str]]] = {
    "row lost": (
        "DELETE FROM item_stocks WHERE id = 17",
        Finding("rows-differ", "table public.item_stocks", "800 rows", "799 rows"),
    ),
    "row doubled": (
        _DOUBLE,
        Finding("rows-differ", "table public.prices", "50 rows", "51 rows"),
    ),
    "value changed": (
        "UPDATE prices SET amount = 99 WHERE id = 3",
        ("content-differs", "table public.prices"),
    ),
    "two rows exchange one value": (
        _EXCHANGE,
        ("content-differs", "table public.users"),
    ),
    "table emptied": (
        "TRUNCATE crafts",
        Finding("rows-differ", "table public.crafts", "600 rows", "0 rows"),
    ),
    "table missing": ("DROP TABLE prices", ("table-missing", "table public.prices")),
    "index missing": ("DROP INDEX items_bulk_idx", ("index-missing", "index public.items_bulk_idx")),
    "foreign key missing": (
        "ALTER TABLE item_stocks DROP CONSTRAINT item_stocks_item_id_fkey",
        ("foreign-key-missing", "foreign key public.item_stocks.item_stocks_item_id_fkey"),
    ),
    "sequence set back": (
        "SELECT setval('item_stocks_id_seq', 5)",
        ("sequence-out-of-range", "sequence public.item_stocks_id_seq"),
    ),
    "trigger disabled": (
        "ALTER TABLE items DISABLE TRIGGER updated_at",
        ("trigger-changed", "trigger public.items.updated_at"),
    ),
    "view changed": (
        _OTHER_VIEW,
        ("view-changed", "view public.open_crafts"),
    ),
    "default changed": (
        "ALTER TABLE items ALTER price SET DEFAULT 1",
        ("column-changed", "column public.items.price"),
    ),
    "grant missing": ("REVOKE UPDATE ON items FROM scims_app", ("grant-missing", "table public.items")),
    "numeric 1.0 became 1.00": (
        "UPDATE prices SET amount = 1.00 WHERE id = 1",
        ("content-differs", "table public.prices"),
    ),
    "policy missing": (
        "DROP POLICY active_only ON users",
        ("policy-missing", "policy public.users.active_only"),
    ),
    "owner changed": ("ALTER TABLE locations OWNER TO postgres", ("owner-changed", "table public.locations")),
    "database setting missing": (
        "ALTER DATABASE planted_copy RESET work_mem",
        ("database-setting-missing", "database setting work_mem"),
    ),
}


_CONSEQUENCES = {
    "row doubled": {"primary-key-missing"},
    "sequence set back": {"sequence-behind"},
    "owner changed": {"grant-missing", "grant-unexpected"},
}


@pytest.mark.parametrize("planted", _PLANTED, ids=lambda name: name.replace(" ", "-"))
def test_fault_planted_in_a_restored_copy_is_found_and_named(
    restored: Restored, copied: Database, planted: str
) -> None:
    statements, expected = _PLANTED[planted]
    copied.execute(statements)
    report = _compared(restored, copied)
    found = [
        finding if isinstance(expected, Finding) else (finding.kind, finding.object)
        for finding in report.findings
    ]
    kind = expected.kind if isinstance(expected, Finding) else expected[0]
    assert report.verdict is Verdict.FAILED
    assert expected in found
    assert {finding.kind for finding in report.findings} <= {kind} | _CONSEQUENCES.get(planted, set())


@pytest.mark.parametrize(
    "harmless",
    [
        "SELECT 1",
        "VACUUM (FULL)",
        "CLUSTER users USING users_pkey",
        "REINDEX TABLE users",
        "GRANT DELETE ON prices TO scims_app; REVOKE DELETE ON prices FROM scims_app",
        "ANALYZE",
        "REFRESH MATERIALIZED VIEW organization_totals",
        "DROP TYPE direction; CREATE TYPE direction AS ENUM ('up', 'down')",
    ],
)
def test_harmless_difference_stays_green(restored: Restored, copied: Database, harmless: str) -> None:
    copied.execute(harmless)
    report = _compared(restored, copied)
    assert report.findings == ()
    assert report.verdict is Verdict.PASSED
