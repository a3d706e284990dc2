"""Which tables are meant, and whether their rows are those of the proof."""

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError, UsageError
from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.rules.chosen_tables import chosen, differences
from scims_backup.engines.postgresql.rules.proof import Proof, Rows, Server

BACKUP = BackupId("scims-db", "20261122T020000Z")
TABLES = ("public.items", 'public."Order"', "stock.items", 'stock."a.b"')


def a_proof():
    rows = {name: Rows(3, "ab") for name in TABLES}
    server = Server("15.0", 150000, "scims", "UTF8", "postgres")
    schema = {"table": {"public.parted": {"partitioned": True}}}
    return Proof(Level.FULL, server, rows, {}, Rows(0, None), schema=schema)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("items", ("public", "items")),
        ("stock.items", ("stock", "items")),
        ('"Order"', ("public", "Order")),
        ('stock."a.b"', ("stock", "a.b")),
        ("parted", ("public", "parted")),
    ],
)
def test_a_table_is_named_as_in_sql(name, table):
    found = chosen(a_proof(), [name], BACKUP)
    assert (found.tables, found.schema) == ([table], "restored_20261122t020000z")


@pytest.mark.parametrize("name", ["nope", "order", "stock.nope", "a.b"])
def test_a_table_that_the_backup_has_not_is_refused(name):
    with pytest.raises(NothingToWorkOnError, match="the backup has no table"):
        chosen(a_proof(), [name], BACKUP)


def test_two_tables_of_one_name_do_not_fit_into_one_schema():
    with pytest.raises(UsageError, match="two tables are called items"):
        chosen(a_proof(), ["items", "stock.items"], BACKUP)


@pytest.mark.parametrize(
    ("rows", "kind"), [(Rows(2, "ab"), "rows-differ"), (Rows(3, "cd"), "content-differs")]
)
def test_other_rows_than_the_proofs_are_found(rows, kind):
    (found,) = differences(a_proof().tables, {"public.items": rows})
    assert found == Finding(kind, "table public.items", "3 rows", f"{rows.rows} rows")


def test_the_proofs_rows_are_no_difference():
    assert list(differences(a_proof().tables, {"public.items": Rows(3, "ab")})) == []
