"""Which tables belong together, and the SQL that puts their rows back, from a proof's schema alone."""

from dataclasses import replace

import pytest

from scims_backup.engines.postgresql.rules.chosen_tables import chosen
from scims_backup.engines.postgresql.rules.putting_back import statements
from scims_backup.engines.postgresql.rules.table_family import gone_with, parents_first, parents_of
from tests.fakes import a_manifest
from tests.faults import a_proof


def proof_of(tables, keys=(), **schema):
    """Build a proof. keys: (child, definition) of foreign keys; tables: names as in SQL, without schema."""
    names = [f"public.{name}" for name in tables]
    foreign = {
        f"public.{child}.fk{number}": {"definition": definition}
        for number, (child, definition) in enumerate(keys)
    }
    rows = next(iter(a_proof().tables.values()))
    known = {"table": {name: {} for name in names}, "foreign-key": foreign, **schema}
    return replace(a_proof(), tables=dict.fromkeys(names, rows), schema=known)


def key(child, parent, how="", columns="x"):
    return child, f"FOREIGN KEY ({columns}) REFERENCES public.{parent}(id){how}"


CHAIN = [
    key("c", "b", " ON DELETE CASCADE"),
    key("b", "a", " ON UPDATE CASCADE ON DELETE SET NULL"),
    key("d", "a"),
]


def public(*names):
    return [("public", name) for name in names]


def test_parents_and_theirs_are_found_and_children_that_go_with_them():
    proof = proof_of("abcd", CHAIN)
    assert parents_of(proof, public("c")) == public("b", "a")
    assert parents_of(proof, public("c", "b")) == public("a")
    assert gone_with(proof, public("a")) == public("b", "c")
    assert gone_with(proof, public("c")) == []


@pytest.mark.parametrize("asked", ["abcd", "dcba", "cadb"])
def test_parents_come_first_however_they_were_asked_for(asked):
    ordered = parents_first(proof_of("abcd", CHAIN), public(*asked))
    assert sorted(ordered) == public(*"abcd")
    places = {name: number for number, (_, name) in enumerate(ordered)}
    assert places["a"] < places["b"] < places["c"]
    assert places["a"] < places["d"]


def test_a_parent_that_is_not_asked_for_still_orders_those_beside_it():
    assert parents_first(proof_of("abc", CHAIN[:2]), public("c", "a")) == public("a", "c")


@pytest.mark.parametrize(
    "keys", [[key("a", "a")], [key("a", "b"), key("b", "a")], [key("a", "b"), key("b", "c"), key("c", "a")]]
)
def test_tables_that_refer_to_each_other_are_each_there_once(keys):
    proof = proof_of("abc", keys)
    assert sorted(parents_first(proof, public(*"abc"))) == public(*"abc")
    assert ("public", "a") not in parents_of(proof, public("a"))


@pytest.mark.parametrize(
    ("columns", "parent", "found"),
    [
        ("x", '"Odd name"', "Odd name"),
        ('"a "") REFERENCES b"', '"x""(y"', 'x"(y'),
        ("x, PERIOD y", "plain", "plain"),
    ],
)
def test_names_are_read_whatever_is_in_them(columns, parent, found):
    proof = proof_of(("child", parent), [key("child", parent, columns=columns)])
    assert parents_of(proof, public("child")) == public(found)


def test_parents_are_chosen_when_asked_and_only_if_the_backup_has_their_rows():
    proof = proof_of("bc", CHAIN)  # a is of an extension, say
    backup = a_manifest().backup
    assert chosen(proof, ["c"], backup).tables == public("c")
    assert chosen(proof, ["c", "c"], backup, with_parents=True).tables == public("c", "b")


COLUMNS = {
    "public.t.id": {"position": 1, "type": "integer", "identity": "always"},
    'public.t."Üser"': {"position": 2, "type": "text"},
    "public.t.twice": {"position": 3, "type": "integer", "generated": "stored"},
    "public.tt.id": {"position": 1, "type": "integer"},
}
COPIED = '"id", "Üser"'


def test_an_insert_names_its_columns_but_not_generated_ones_and_overrides_identity():
    proof = proof_of("t", column=COLUMNS, **{"primary-key": {"public.t.t_pkey": {}}})
    insert = f'INSERT INTO "public"."t" ({COPIED}) OVERRIDING SYSTEM VALUE SELECT {COPIED} FROM "r"."t"'
    assert statements(proof, public("t"), "r") == [
        "BEGIN;",
        "SET CONSTRAINTS ALL DEFERRED;",
        f"{insert} ON CONFLICT DO NOTHING;",
        "COMMIT;",
    ]


@pytest.mark.parametrize(
    ("schema", "has_key"),
    [
        ({"unique": {"public.t.t_key": {}}}, True),
        (
            {
                "index": {
                    "public.t_id": {"definition": "CREATE UNIQUE INDEX t_id ON public.t USING btree (id)"}
                }
            },
            True,
        ),
        (
            {
                "index": {
                    "public.t_id": {
                        "definition": "CREATE UNIQUE INDEX t_id ON ONLY public.t USING btree (id)"
                    }
                }
            },
            True,
        ),
        ({"index": {"public.t_id": {"definition": "CREATE INDEX t_id ON public.t USING btree (id)"}}}, False),
        (
            {
                "index": {
                    "public.t_id": {"definition": "CREATE UNIQUE INDEX t_id ON public.tt USING btree (id)"}
                }
            },
            False,
        ),
        ({"primary-key": {"public.tt.tt_pkey": {}}}, False),
    ],
)
def test_rows_that_are_there_do_not_come_twice(schema, has_key):
    insert = statements(proof_of("t", column=COLUMNS, **schema), public("t"), "r")[2]
    assert insert.endswith(
        " ON CONFLICT DO NOTHING;" if has_key else f' EXCEPT ALL SELECT {COPIED} FROM "public"."t";'
    )
