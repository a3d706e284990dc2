"""Columns of catalogs that this program does not know are named."""

import pytest

from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.schema.catalogs import known_columns, strangers


@pytest.mark.parametrize("major", range(14, 19))
def test_a_column_that_is_not_on_the_majors_list_is_named(major):
    known = known_columns(major)
    there = [(catalog, column) for catalog, columns in known.items() for column in columns]
    assert list(strangers(there, known)) == []
    more = [*there, ("pg_class", "relnew"), ("pg_attribute", "attnew")]
    assert list(strangers(more, known)) == ["pg_attribute.attnew", "pg_class.relnew"]


@pytest.mark.parametrize(
    ("major", "column"), [(14, "indnullsnotdistinct"), (17, "conenforced"), (15, "collicurules")]
)
def test_a_column_of_a_newer_major_is_a_stranger_in_an_older_one(major, column):
    assert not any(column in columns for columns in known_columns(major).values())
    assert any(column in columns for columns in known_columns(18).values())


@pytest.mark.parametrize(
    ("programs", "server", "older"),
    [
        ("15.19", 150020, True),
        ("15.20", 150020, False),
        ("15.21", 150020, False),
        ("15.9", 150010, True),
        ("18beta1", 180000, False),
        ("18rc1", 180001, True),
        ("15.19", 160000, True),
    ],
)
def test_programs_of_an_older_minor_than_the_servers_are_older(tmp_path, programs, server, older):
    assert ClientPrograms(tmp_path, programs).are_older_than(server) is older
