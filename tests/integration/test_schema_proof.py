"""The proof of the schema: a restore is equal, and each planted change is found and named."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from scims_backup.engines.postgresql.proving.reparsing import REPARSERS
from scims_backup.engines.postgresql.proving.same_meaning import same_meaning
from scims_backup.engines.postgresql.rules.comparison import compare
from tests.support.pages import ROOT
from tests.support.programs import DEFAULT_MAJOR, MAJORS, NEWEST
from tests.support.rich import Rich, proven, reading, rich

SECRETS = (
    "secret of a function",
    "secret of a mapping",
    "secretofasubscription",
    "secret of the database",
    "secret of a role",
    "secret of a server",
    "secret of a driver",
    "secret of a parameter",
    "secret of an address",
)

_NOT_IN_THE_RICH_SCHEMA = {"language", "all-roles-setting"}
"""A language needs a handler in C; that setting is the whole server's, which other tests share."""


@pytest.fixture(scope="module")
def pair(server_of):
    with rich(server_of(DEFAULT_MAJOR)) as made:
        yield made


@pytest.fixture(scope="module")
def expected(pair: Rich):
    with reading(pair.source) as connection:
        return proven(connection)


@pytest.fixture(scope="module")
def known():
    """Keep which pairs of texts mean the same, since that takes most of the time."""
    return {}


def differences(expected, connection, known=None):
    """Compare what the connection's transaction sees with the source, as a drill does."""
    known = {} if known is None else known

    def same(*texts):
        if texts not in known:
            known[texts] = same_meaning(connection, *texts)
        return known[texts]

    return compare(expected, proven(connection), same)


def test_a_restored_database_equals_its_source(pair, expected):
    with reading(pair.restored) as connection:
        assert differences(expected, connection) == ([], [])


def test_every_kind_of_object_is_documented_and_stands_in_the_rich_schema(expected):
    (documented,) = re.findall(r" Kinds: `([^`]+)`", (ROOT / "docs/manifest-format.md").read_text())
    found = {kind for kind, objects in expected.schema.items() if objects}
    assert set(documented.split()) == found | _NOT_IN_THE_RICH_SCHEMA


def test_some_definitions_are_printed_otherwise_after_a_restore(pair, expected):
    with reading(pair.restored) as connection:
        findings, _ = compare(expected, proven(connection), lambda *_: False)
    kinds = {finding.kind for finding in findings}
    assert kinds == {
        f"{kind}-changed"
        for kind in (
            "check", "column", "domain", "domain-check", "exclusion", "function", "index",
            "materialized-view", "policy", "rule", "statistics", "table", "trigger", "view",
        )
    }  # fmt: skip


def test_rewriting_the_source_changes_nothing(pair, expected):
    pair.source.execute("VACUUM FULL inventory.items")
    pair.source.execute("CLUSTER inventory.items USING items_organization_idx")
    pair.source.execute("REINDEX TABLE inventory.items")
    with reading(pair.source) as connection:
        assert compare(expected, proven(connection), lambda *_: False) == ([], [])


@pytest.mark.parametrize("major", [*(major for major in MAJORS if major != DEFAULT_MAJOR), *NEWEST])
def test_a_restored_database_equals_its_source_on_each_major(server_of, major):
    with rich(server_of(major)) as pair:
        with reading(pair.source) as connection:
            expected = proven(connection)
        with reading(pair.restored) as connection:
            assert differences(expected, connection) == ([], [])


PLANTED = tomllib.loads(Path(__file__).with_name("planted_changes.toml").read_text())["planted"]


@pytest.mark.parametrize("planted", PLANTED, ids=[planted["change"][:60] for planted in PLANTED])
def test_a_planted_change_is_found_and_named(pair, expected, known, planted):
    with reading(pair.restored) as connection:
        connection.execute(planted["change"].encode())
        findings, _ = differences(expected, connection, known)
    assert (planted["finding"], planted["object"]) in {(finding.kind, finding.object) for finding in findings}


def test_what_a_restored_database_prints_is_printed_so_again(pair):
    with reading(pair.restored) as connection:
        schema = proven(connection).schema
        texts = [
            (kind, name, facet, str(facets[facet]))
            for kind, facet in REPARSERS
            for name, facets in schema[kind].items()
            if facet in facets and facets.get("kind") != "aggregate"
        ]
        assert {(kind, facet) for kind, _, facet, _ in texts} == set(REPARSERS)
        otherwise = [text for text in texts if not same_meaning(connection, *text, found=text[-1])]
    assert otherwise == []


def test_a_missing_table_is_said_once(pair, expected):
    with reading(pair.restored) as connection:
        connection.execute("DROP TABLE inventory.scratch")
        findings, _ = differences(expected, connection)
    assert [str(finding) for finding in findings] == [
        "table inventory.scratch: table-missing: expected present, found missing"
    ]


def test_a_changed_owner_is_said_once(pair, expected):
    with reading(pair.restored) as connection:
        connection.execute("ALTER TABLE inventory.twice OWNER TO rich_app")
        findings, _ = differences(expected, connection)
    assert [str(finding) for finding in findings] == [
        "table inventory.twice: owner-changed: expected postgres, found rich_app"
    ]


def test_no_secret_of_a_definition_is_in_the_proof(expected):
    document = json.dumps(json.loads(expected.to_bytes()))
    assert [secret for secret in SECRETS if secret in document] == []


def test_a_backup_role_reads_all_but_what_only_superusers_may(pair, expected):
    pair.source.execute("CREATE ROLE rich_backup LOGIN IN ROLE pg_read_all_data")
    try:
        with reading(pair.source, "rich_backup") as connection:
            found = proven(connection)
    finally:
        pair.source.execute("DROP ROLE rich_backup")
    findings, not_checked = compare(expected, found, lambda *_: False)
    assert findings == []
    assert [item.object for item in not_checked] == [
        "conninfo digest of subscription rich_subscription",
        "options digest of user mapping elsewhere.PUBLIC",
        "options digest of user mapping elsewhere.rich_app",
    ]


def test_reading_holds_no_lock_on_a_relation_of_the_user(pair):
    with reading(pair.source) as connection:
        proven(connection)
        held = connection.execute(
            "SELECT relation::regclass::text FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384"
        ).fetchall()
    assert held == []


def test_parsing_again_leaves_nothing_behind(pair, expected):
    with reading(pair.restored) as connection:
        before = proven(connection)
        differences(expected, connection)
        assert proven(connection) == before
        count = "SELECT count(*) FROM pg_class WHERE relpersistence = 't'"
        assert connection.execute(count).fetchone() == (0,)
