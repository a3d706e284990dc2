"""Columns of catalogs that this program does not know are named."""

import re
from pathlib import Path

import pytest

from scims_backup.engines.postgresql import schema
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.schema.system_catalogs import known_columns, strangers


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


_VIEWS = {"pg_roles", "pg_user_mappings", "pg_settings"}
_DEPENDENCIES = {"pg_depend", "pg_shdepend", "pg_init_privs"}
"""Kept by the server for itself: no statement of a dump writes to them."""


def test_every_catalog_that_the_schema_is_read_from_is_on_the_list():
    texts = (path.read_text() for path in Path(schema.__file__).parent.glob("*.py"))
    read = {
        name
        for text in texts
        for name in re.findall(r"\b(?:FROM|JOIN)\s+(?:pg_catalog\.)?(pg_\w+)(?![\w(])", text)
    }
    assert len(read) > len(_VIEWS | _DEPENDENCIES)
    assert read - _VIEWS - _DEPENDENCIES - set(known_columns(18)) == set()
