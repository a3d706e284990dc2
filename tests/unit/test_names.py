"""Names in proofs and findings: unambiguous, and plain where they can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.engines.postgresql.rules.names import qualified, quoted

NAMES = st.text(min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("item_stocks", "item_stocks"),
        ("_a1$", "_a1$"),
        ("Menge in kg", '"Menge in kg"'),
        ("Items", '"Items"'),
        ("a.b", '"a.b"'),
        ('say "hi"', '"say ""hi"""'),
        ("größe", '"größe"'),
        ("1st", '"1st"'),
        ("items\n", '"items\n"'),
        ("", '""'),
    ],
)
def test_a_name_is_quoted_only_where_sql_needs_it(name, written):
    assert quoted(name) == written


def test_parts_are_joined_by_dots():
    assert qualified("public", "item_stocks", "Menge") == 'public.item_stocks."Menge"'


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=3))
def test_different_names_are_written_differently(one, other):
    assert (qualified(*one) == qualified(*other)) is (one == other)
