"""Comparing proofs: equal ones agree, each single change is named, and each difference is said once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.comparison import compare
from scims_backup.engines.postgresql.rules.facet_comparison import (
    NOT_READABLE,
    SHOWN,
    Pair,
    compare_facets,
    excerpts,
)
from scims_backup.engines.postgresql.rules.names import parts, qualified
from scims_backup.engines.postgresql.rules.proof import Facet, Proof, Rows, SequenceRange, Server

SERVER = Server("15.19", 150019, "scims", "UTF8", "postgres", {"lc_collate": "C", "extension citext": "1.6"})
SCHEMA: dict[str, dict[str, dict[str, Facet]]] = {
    "schema": {"public": {"owner": "postgres", "grants": ["PUBLIC=USAGE"]}},
    "table": {
        "public.items": {"owner": "app", "grants": ["app=SELECT", "reader=SELECT"], "row_security": False},
        "public.users": {"owner": "app", "grants": ["app=SELECT"], "comment": "people"},
    },
    "column": {
        "public.items.id": {"type": "integer", "default": "nextval('public.items_id_seq'::regclass)"},
        "public.items.label": {"type": "text", "default": "0"},
        "public.users.id": {"type": "integer"},
    },
    "index": {"public.items_label": {"table": "public.items", "definition": "CREATE INDEX items_label …"}},
    "foreign-key": {"public.items.owner": {"definition": "FOREIGN KEY …", "triggers_enabled": True}},
    "sequence": {"public.items_id_seq": {"owned_by": "public.items.id", "increment": 1}},
    "view": {"public.labels": {"definition": "SELECT 1;", "owner": "app"}},
    "database": {"scims": {"owner": "app", "grants": []}},
    "database-setting": {"work_mem": {"setting": "work_mem", "value": "7MB"}},
    "extension": {"citext": {"schema": "public"}, "plpgsql": {"schema": "pg_catalog"}},
    "role": {"app": {"login": True}, "postgres": {"login": True}, "reader": {"login": True}},
    "role-setting": {"app.work_mem": {"role": "app", "setting": "work_mem", "value": "1MB"}},
    "role-membership": {"app.reader": {"role": "app", "member": "reader", "admin": False, "grantor": "app"}},
    "subscription": {"far": {"conninfo_digest": "abc"}},
    "user-mapping": {"far.app": {"options_digest": "abc"}},
}
PROOF = Proof(
    Level.FULL,
    SERVER,
    {"public.items": Rows(41, "1" * 20), "public.users": Rows(1000, "2" * 20)},
    {"public.items_id_seq": SequenceRange(10, 20)},
    Rows(3, "3" * 20),
    SCHEMA,
    {"public.summary": Rows(10, None)},
)


def changed(kind, name, **facets):
    """The proof with facets of one object changed; None removes a facet."""
    objects = {**SCHEMA.get(kind, {})}
    merged = {**objects.get(name, {}), **facets}
    objects[name] = {facet: value for facet, value in merged.items() if value is not None}
    return replace(PROOF, schema={**SCHEMA, kind: objects})


def without(kind, name, proof=PROOF):
    objects = {key: facets for key, facets in proof.schema[kind].items() if key != name}
    return replace(proof, schema={**proof.schema, kind: objects})


def findings(expected, found, *, same=False):
    return [str(finding) for finding in compare(expected, found, lambda *_: same)[0]]


def not_checked(expected, found):
    return compare(expected, found, lambda *_: False)[1]


# --- any proof ------------------------------------------------------------------------------------

names = st.text(min_size=1, max_size=8).map(lambda name: qualified("s", name))
facet_values = st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none(), st.just(["a=SELECT"]))
facets = st.dictionaries(st.sampled_from(["type", "default", "owner", "grants", "comment"]), facet_values)
kinds = st.sampled_from(["table", "view", "index", "function", "trigger", "sequence", "role", "extension"])
rows = st.builds(Rows, st.integers(0, 9), st.none() | st.text("0123456789abcdef", min_size=12, max_size=12))
proofs = st.builds(
    Proof,
    st.just(Level.FULL),
    st.just(SERVER),
    st.dictionaries(names, rows, max_size=4),
    st.dictionaries(names, st.builds(lambda at: SequenceRange(at, at), st.integers()), max_size=3),
    rows,
    st.dictionaries(kinds, st.dictionaries(names, facets, max_size=4), max_size=5),
)


@given(proofs)
def test_a_proof_equals_itself_after_storage(proof):
    stored = Proof.from_bytes(proof.to_bytes(), "proof")
    assert compare(proof, stored, lambda *_: False)[0] == []


@given(proofs, proofs)
def test_the_order_in_which_objects_are_kept_does_not_matter(expected, found):
    def turned(proof):
        schema = {kind: dict(reversed(objects.items())) for kind, objects in reversed(proof.schema.items())}
        return replace(proof, tables=dict(reversed(proof.tables.items())), schema=schema)

    same = compare(expected, found, lambda *_: False)
    assert compare(turned(expected), turned(found), lambda *_: False) == same


@given(proofs, proofs)
def test_two_proofs_agree_only_if_the_rows_of_every_common_table_do(expected, found):
    findings, _ = compare(expected, found, lambda *_: True)
    named = {one.object for one in findings if one.kind in {"rows-differ", "content-differs"}}
    assert named == {f"table {name}" for name in _tables_that_differ(expected, found)}


def _tables_that_differ(expected, found):
    for name in expected.tables.keys() & found.tables.keys():
        left, right = expected.tables[name], found.tables[name]
        digests = {left.digest, right.digest}
        if left.rows != right.rows or (None not in digests and len(digests) > 1):
            yield name


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_a_qualified_name_comes_apart_again(names):
    assert parts(qualified(*names)) == names
    assert parts(qualified(*names) + "(integer, public.mood)") == names


# --- rows, large objects, sequences ---------------------------------------------------------------


def test_digests_that_begin_alike_are_shown_where_they_differ():
    expected = replace(PROOF, tables={**PROOF.tables, "public.items": Rows(41, "f" * 24 + "12345678")})
    found = replace(PROOF, tables={**PROOF.tables, "public.items": Rows(41, "f" * 24 + "9abcdef0")})
    (said,) = findings(expected, found)
    assert "expected 41 rows with digest ffff12345678, found 41 rows with digest ffff9abcdef0" in said


@pytest.mark.parametrize(
    ("here", "said"),
    [
        (Rows(40, "9" * 20), "rows-differ: expected 41 rows, found 40 rows"),
        (Rows(1, "1" * 20), "rows-differ: expected 41 rows, found 1 row"),
        (
            Rows(41, "9" * 20),
            f"content-differs: expected 41 rows with digest {'1' * 12}, found 41 rows with digest {'9' * 12}",
        ),
    ],
)
def test_rows_that_differ_are_counted_or_else_their_digests_are_shown(here, said):
    found = replace(PROOF, tables={**PROOF.tables, "public.items": here})
    assert findings(PROOF, found) == [f"table public.items: {said}"]


def test_at_level_counts_content_is_not_checked_and_said_once():
    counts = replace(
        PROOF, level=Level.COUNTS, tables={name: Rows(at.rows, None) for name, at in PROOF.tables.items()}
    )
    assert findings(counts, PROOF) == []
    assert not_checked(counts, PROOF) == [
        NotChecked("content of rows", "the proof was taken at level counts")
    ]


def test_large_objects_that_differ_are_named():
    assert findings(PROOF, replace(PROOF, large_objects=Rows(2, None))) == [
        "large objects: large-objects-differ: expected 3 large objects, found 2 large objects"
    ]
    (said,) = findings(PROOF, replace(PROOF, large_objects=Rows(3, "4" * 20)))
    assert said.startswith("large objects: large-objects-differ: expected 3 ")


@pytest.mark.parametrize("at", [10, 15, 20])
def test_a_sequence_within_its_range_is_fine(at):
    assert findings(PROOF, replace(PROOF, sequences={"public.items_id_seq": SequenceRange(at, at)})) == []


@pytest.mark.parametrize("at", [9, 21])
def test_a_sequence_out_of_its_range_is_named(at):
    assert findings(PROOF, replace(PROOF, sequences={"public.items_id_seq": SequenceRange(at, at)})) == [
        f"sequence public.items_id_seq: sequence-out-of-range: expected between 10 and 20, found {at}"
    ]


def test_a_materialized_views_content_is_only_reported():
    found = replace(PROOF, reported={"public.summary": Rows(11, None)})
    assert compare(PROOF, found, lambda *_: False) == (
        [],
        [
            NotChecked(
                "content of public.summary", "10 rows in the source, 11 rows here: a restore creates it again"
            )
        ],
    )


def test_what_was_not_read_is_said_with_its_reason():
    expected = replace(PROOF, unjudged={"foreign table public.far": "its rows are elsewhere"})
    assert not_checked(expected, PROOF) == [NotChecked("foreign table public.far", "its rows are elsewhere")]


def test_a_table_whose_rows_were_not_read_here_is_not_passed_in_silence():
    found = replace(PROOF, tables={"public.items": PROOF.tables["public.items"]})
    assert not_checked(PROOF, found) == [NotChecked("table public.users", "its rows were not read here")]


# --- schema ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind in SCHEMA
        if kind not in {"schema", "database", "role-setting"}
        for name in SCHEMA[kind]
        if name not in {"postgres", "plpgsql", "public.items_id_seq"}
    ],
)
def test_each_object_that_is_missing_is_named(kind, name):
    found = without(kind, name)
    assert f"{kind.replace('-', ' ')} {name}: {kind}-missing: expected present, found missing" in findings(
        PROOF, found
    )
    if kind not in {"role", "role-membership"}:
        assert f"{kind}-unexpected" in " ".join(findings(found, PROOF))


def test_a_missing_table_is_said_without_its_parts():
    found = without("table", "public.items")
    for kind in ("column", "index", "foreign-key", "sequence"):
        objects = {name: facets for name, facets in SCHEMA[kind].items() if "items" not in name}
        found = replace(found, schema={**found.schema, kind: objects})
    found = replace(found, tables={"public.users": PROOF.tables["public.users"]}, sequences={})
    assert findings(PROOF, found) == ["table public.items: table-missing: expected present, found missing"]
    assert findings(found, PROOF) == ["table public.items: table-unexpected: expected missing, found present"]


def test_a_missing_role_is_said_without_its_settings_and_memberships():
    found = without("role", "app", without("role-setting", "app.work_mem"))
    found = without("role-membership", "app.reader", found)
    assert findings(PROOF, found) == ["role app: role-missing: expected present, found missing"]


def test_a_missing_schema_is_said_without_what_is_in_it():
    gone = {"schema", "table", "column", "index", "foreign-key", "sequence", "view"}
    kept = {kind: objects for kind, objects in SCHEMA.items() if kind not in gone}
    found = replace(PROOF, schema=kept, tables={}, sequences={})
    assert findings(replace(PROOF, tables={}), found) == [
        "schema public: schema-missing: expected present, found missing"
    ]


def test_a_changed_facet_is_named_with_both_values():
    found = changed("column", "public.items.label", default="1")
    assert findings(PROOF, found) == [
        "column public.items.label: column-changed: expected default: 0, found default: 1"
    ]


def test_a_facet_that_is_gone_is_named():
    found = changed("column", "public.items.label", default=None)
    assert findings(PROOF, found) == [
        "column public.items.label: column-changed: expected default: 0, found default: none"
    ]


def test_a_text_of_the_same_meaning_is_no_difference():
    found = changed("column", "public.items.label", default="1")
    assert findings(PROOF, found, same=True) == []


def test_only_texts_that_are_sql_are_asked_about():
    asked = []

    def same_meaning(*arguments):
        asked.append(arguments)
        return False

    compare(PROOF, changed("column", "public.items.label", default="1", type="citext"), same_meaning)
    assert asked == [("column", "public.items.label", "default", "0", "1")]


def test_flags_are_said_as_yes_and_no():
    found = changed("table", "public.items", row_security=True)
    assert findings(PROOF, found) == [
        "table public.items: table-changed: expected row security: no, found row security: yes"
    ]


def test_each_grant_is_a_finding_of_its_own():
    found = changed("table", "public.items", grants=["app=SELECT", "PUBLIC=DELETE", "PUBLIC=INSERT"])
    assert findings(PROOF, found) == [
        "table public.items: grant-missing: expected reader=SELECT, found missing",
        "table public.items: grant-unexpected: expected missing, found PUBLIC=DELETE",
        "table public.items: grant-unexpected: expected missing, found PUBLIC=INSERT",
    ]


def test_a_changed_owner_takes_the_owners_grants_along():
    found = changed("table", "public.items", owner="Boss", grants=['"Boss"=SELECT', "reader=SELECT"])
    assert findings(PROOF, found) == ["table public.items: owner-changed: expected app, found Boss"]


def test_a_changed_comment_is_named():
    assert findings(PROOF, changed("table", "public.users", comment=None)) == [
        "table public.users: comment-changed: expected people, found none"
    ]


def test_a_copy_under_another_name_is_the_same_database():
    found = replace(PROOF, schema={**SCHEMA, "database": {"copy": {"owner": "other", "grants": []}}})
    assert findings(PROOF, found) == ["database scims: owner-changed: expected app, found other"]


def test_an_unreadable_facet_is_not_checked():
    expected = changed("user-mapping", "far.app", options_digest=NOT_READABLE)
    assert findings(expected, PROOF) == []
    assert not_checked(expected, PROOF) == [
        NotChecked("options digest of user mapping far.app", "not readable in the source by this role")
    ]


def test_a_subscription_that_the_role_could_not_dump_is_not_checked():
    expected = changed("subscription", "far", conninfo_digest=NOT_READABLE)
    assert compare(expected, without("subscription", "far"), lambda *_: False) == (
        [],
        [NotChecked("subscription far", "only dumps taken by a superuser include subscriptions")],
    )


def test_a_foreign_key_that_the_source_did_not_enforce_is_not_checked():
    expected = changed("foreign-key", "public.items.owner", triggers_enabled=False)
    assert findings(expected, PROOF) == []
    assert [item.object for item in not_checked(expected, PROOF)] == ["foreign key public.items.owner"]
    assert len(findings(PROOF, expected)) == 1


# --- roles and servers ----------------------------------------------------------------------------


def test_the_targets_own_roles_are_not_judged():
    schema: dict[str, dict[str, dict[str, Facet]]] = {
        **SCHEMA,
        "role": {**SCHEMA["role"], "rds": {"login": False}, "postgres": {"login": False}},
        "role-setting": {**SCHEMA["role-setting"], "rds.x": {"role": "rds", "setting": "x", "value": "1"}},
        "role-membership": {
            **SCHEMA["role-membership"],
            "rds.app": {"role": "rds", "member": "app", "admin": False},
        },
        "all-roles-setting": {"work_mem": {"setting": "work_mem", "value": "1MB"}},
    }
    assert findings(PROOF, replace(PROOF, schema=schema)) == []


def test_an_unexpected_membership_among_the_sources_roles_is_named():
    found = changed("role-membership", "reader.app", role="reader", member="app", admin=True)
    assert findings(PROOF, found) == [
        "role membership reader.app: role-membership-unexpected: expected missing, found present"
    ]


def test_who_granted_a_membership_does_not_matter():
    assert findings(PROOF, changed("role-membership", "app.reader", grantor="postgres")) == []


def test_a_roles_setting_that_may_be_a_secret_is_not_checked():
    expected = changed("role-setting", 'app."app.key"', role="app", setting="app.key", digest="abc")
    assert findings(expected, PROOF) == []
    assert [item.object for item in not_checked(expected, PROOF)] == ['role setting app."app.key"']
    assert not_checked(expected, expected) == []


def test_versions_of_extensions_and_locales_are_only_reported():
    here = replace(SERVER, facts={"lc_collate": "de_DE.utf8", "extension citext": "1.7"})
    assert compare(PROOF, replace(PROOF, server=here), lambda *_: False) == (
        [],
        [
            NotChecked("database's lc collate", "C in the source, de_DE.utf8 here"),
            NotChecked("version of extension citext", "1.6 in the source, 1.7 here"),
        ],
    )


def test_what_a_new_database_brings_along_is_not_judged_while_it_is_empty():
    schema: dict[str, dict[str, dict[str, Facet]]] = {
        kind: {} for kind in ("column", "index", "foreign-key", "sequence", "view", "table")
    }
    expected = replace(
        PROOF, schema={**SCHEMA, **schema, "schema": {}, "extension": {}}, tables={}, sequences={}
    )
    found = replace(
        expected, schema={**expected.schema, "schema": SCHEMA["schema"], "extension": {"plpgsql": {}}}
    )
    assert findings(expected, found) == []
    assert [item.object for item in not_checked(expected, found)] == ["extension plpgsql", "schema public"]
    used = replace(found, schema={**found.schema, "view": SCHEMA["view"]})
    assert "schema public: schema-unexpected: expected missing, found present" in findings(expected, used)


def test_what_only_one_major_knows_is_not_judged_across_majors():
    newer = replace(
        changed("column", "public.items.id", not_null_name="items_id_not_null"),
        server=replace(SERVER, version="18.6", version_num=180006),
    )
    assert findings(PROOF, newer) == []
    assert [item.object for item in not_checked(PROOF, newer)] == ["server"]


@pytest.mark.parametrize(
    ("source", "here", "judged"),
    [
        ("false", "f", 0),
        ("true", "t", 0),
        ("false", "p", 0),
        ("f", "p", 0),
        ("true", "f", 1),
        ("false", "t", 1),
    ],
)
def test_how_a_subscription_streams_is_told_otherwise_by_other_majors(source, here, judged):
    found = []
    for same_major in (False, True):
        pair = Pair("subscription", "feed", {"streaming": source}, {"streaming": here}, same_major)
        found.append(len(list(compare_facets(pair, lambda *_texts: False))))
    assert found == [judged, 1]


# --- words ----------------------------------------------------------------------------------------


def test_long_texts_are_shown_around_their_first_difference():
    left, right = excerpts("x" * 500 + "a" + "y" * 500, "x" * 500 + "b" + "y" * 500)
    assert left != right
    assert max(len(left), len(right)) <= SHOWN + 2
    assert left.startswith("…x")
    assert left.endswith("y…")


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_different_texts_never_look_alike(left, right):
    if left != right:
        assert len(set(excerpts(left, right))) == 2


def test_a_finding_reads_as_a_sentence():
    assert str(Finding("rows-differ", "table a.b", "2 rows", "1 row")) == (
        "table a.b: rows-differ: expected 2 rows, found 1 row"
    )
