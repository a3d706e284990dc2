"""What only the server sets is taken out of an archive's table definitions, and nothing else is."""

import pytest

from scims_backup.engines.postgresql.rules.server_options import without_the_servers_own
from scims_backup.engines.postgresql.targets.archive_head import read_contents
from scims_backup.engines.postgresql.targets.server_options import clean, cleaned, edits

CREATE = "CREATE TABLE public.t (\n    a integer\n);\n"
SETS = "ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=26488320);\n"

TAKEN_OUT = {
    "alone": (CREATE + SETS, CREATE),
    "first of several": (
        CREATE + "ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=1, n_distinct=-0.5);\n",
        CREATE + "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=-0.5);\n",
    ),
    "last of several": (
        CREATE + "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5, pg_attver=1);\n",
        CREATE + "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5);\n",
    ),
    "in the middle": (
        CREATE
        + "ALTER TABLE ONLY t ALTER COLUMN a SET (n_distinct=5, pg_attver=1, n_distinct_inherited=7);\n",
        CREATE + "ALTER TABLE ONLY t ALTER COLUMN a SET (n_distinct=5, n_distinct_inherited=7);\n",
    ),
    "two columns and other settings": (
        CREATE + SETS + "ALTER TABLE ONLY public.t ALTER COLUMN a SET STATISTICS 7;\n" + SETS,
        CREATE + "ALTER TABLE ONLY public.t ALTER COLUMN a SET STATISTICS 7;\n",
    ),
    "quoted names with all that could end them": (
        CREATE + 'ALTER TABLE ONLY "a;b (c)"."d""e\'f.g" ALTER COLUMN "h SET (i=1);" SET (pg_attver=1);\n',
        CREATE,
    ),
    "names in other letters": (
        CREATE + "ALTER TABLE ONLY public.straße ALTER COLUMN größe SET (pg_attver=1);\n",
        CREATE,
    ),
    "a name over two lines": (CREATE + 'ALTER TABLE ONLY "a\nb" ALTER COLUMN c SET (pg_attver=1);\n', CREATE),
    "after a text with a semicolon": (
        "CREATE TABLE t (\n    a text DEFAULT ';'::text\n);\n" + SETS,
        "CREATE TABLE t (\n    a text DEFAULT ';'::text\n);\n",
    ),
}
KEPT = {
    "a default": "CREATE TABLE t (\n    a text DEFAULT '; " + SETS.strip() + "'::text\n);\n",
    "a default with quotes": "CREATE TABLE t (\n    a text DEFAULT 'it''s; "
    + SETS.strip()
    + " '''::text\n);\n",
    "a default with a backslash": "CREATE TABLE t (\n    a text DEFAULT E'\\\\'';"
    + SETS.strip()
    + "'::text\n);\n",
    "a column of that name": 'CREATE TABLE t (\n    "pg_attver=1" integer\n);\n',
    "an option whose name begins alike": "ALTER TABLE ONLY t ALTER COLUMN a SET (pg_attversion=1);\n",
    "an option with such a value": "ALTER TABLE ONLY t ALTER COLUMN a SET (other=pg_attver);\n",
    "an option of the table": "ALTER TABLE ONLY t SET (pg_attver=1);\n",
    "a statement without its end": CREATE + SETS.strip()[:-1],
    "a check": "CREATE TABLE t (\n    a text,\n    CONSTRAINT c CHECK ((a <> ';"
    + SETS.strip()
    + "'::text))\n);\n",
}
OTHER_KINDS = ["FUNCTION", "COMMENT", "VIEW", "DEFAULT", "RULE", "TYPE"]
KINDS = ["TABLE", "FOREIGN TABLE", "MATERIALIZED VIEW"]


def number(value: int) -> bytes:
    return (b"\1" if value < 0 else b"\0") + abs(value).to_bytes(4, "little")


def text(value: str | None) -> bytes:
    return number(-1) if value is None else number(len(value.encode())) + value.encode()


def archive_of(*entries: tuple[str, str | None], minor: int = 14) -> bytes:
    """Write an archive as pg_dump does: a version of the format, and each entry's kind and definition."""
    head = b"PGDMP" + bytes([1, minor, 0, 4, 8, 1]) + (b"\0" if minor >= 15 else number(0))
    head += b"".join(number(part) for part in (1, 2, 3, 4, 5, 126, 0))
    head += text("shop") + text("15.20") + text("15.19") + number(len(entries))
    for kind, definition in entries:
        head += number(7) + number(0) + text("1259") + text("16385") + text("t") + text(kind) + number(2)
        head += text(definition) + text("DROP TABLE t;\n") + text(None) + text("public") + text("")
        head += text("heap") + (number(ord("r")) if minor >= 16 else b"")
        head += text("owner") + text("false") + text("215") + text("7") + text(None) + b"\2" + bytes(8)
    return head + b"\1data that is no table of contents: " + SETS.encode()


def cleaned_of(archive: bytes) -> bytes:
    return b"".join(cleaned([archive]))


@pytest.mark.parametrize("minor", [14, 15, 16])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", TAKEN_OUT)
def test_options_of_the_server_alone_are_blanked_where_columns_get_theirs(case, kind, minor):
    definition, expected = TAKEN_OUT[case]
    archive = archive_of(("SCHEMA", None), (kind, definition), ("INDEX", "CREATE INDEX"), minor=minor)
    result = cleaned_of(archive)
    assert len(result) == len(archive)
    found = [result[one.start : one.end].decode() for one in read_contents(result).definitions]
    assert [" ".join(one.split()) for one in found] == [" ".join(expected.split()), "CREATE INDEX"]
    assert result.endswith(SETS.encode())
    assert cleaned_of(result) == result


@pytest.mark.parametrize("case", KEPT)
def test_a_text_that_only_reads_like_it_stays(case):
    archive = archive_of(("TABLE", KEPT[case]))
    assert cleaned_of(archive) == archive


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_what_is_no_table_stays(kind):
    archive = archive_of((kind, CREATE + SETS))
    assert cleaned_of(archive) == archive


def test_a_foreign_tables_columns_are_set_by_alter_foreign_table():
    archive = archive_of(("FOREIGN TABLE", "ALTER FOREIGN TABLE ONLY f ALTER COLUMN a SET (pg_attver=1);\n"))
    assert [new.strip() for _, new in edits(archive)] == [b""]


def test_another_name_can_be_asked_for():
    archive = archive_of(("TABLE", "ALTER TABLE ONLY t ALTER COLUMN a SET (n_distinct=5, newer=1);\n"))
    (((_, new)),) = edits(archive, ["newer"])
    assert new.rstrip() == b"ALTER TABLE ONLY t ALTER COLUMN a SET (n_distinct=5);"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_an_archive_that_comes_in_pieces_is_cleaned_all_the_same(size, monkeypatch):
    monkeypatch.setattr("scims_backup.engines.postgresql.targets.server_options._FIRST_LOOK_BYTES", 16)
    archive = archive_of(*[("TABLE", CREATE + SETS)] * 5)
    pieces = [archive[at : at + size] for at in range(0, len(archive), size)]
    assert b"".join(cleaned(pieces)) == cleaned_of(archive)


def test_a_head_that_is_cut_anywhere_is_read_as_far_as_it_goes():
    archive = archive_of(*[("TABLE", CREATE + SETS)] * 2)
    end = archive.index(b"\1data")
    found = [read_contents(archive[:cut]) for cut in range(end + 1)]
    assert [one.whole for one in found] == [False] * end + [True]
    assert {len(one.definitions) for one in found} == {0, 1, 2}


@pytest.mark.parametrize(
    "archive", [b"", b"PGDMP", b"no archive at all", archive_of(("TABLE", SETS), minor=17)]
)
def test_what_is_no_archive_of_a_known_version_stays_as_it_is(archive, tmp_path):
    file = tmp_path / "head"
    file.write_bytes(archive)
    clean(file)
    assert (file.read_bytes(), cleaned_of(archive)) == (archive, archive)


def test_a_long_definition_without_an_end_takes_no_longer_than_others():
    archive = archive_of(("TABLE", "pg_attver " + "a b " * 100_000))
    assert list(edits(archive)) == []


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["n_distinct=5", "pg_attver=7"], ["n_distinct=5"]),
        (["pg_attver=7"], None),
        (["pg_attversion=7"], ["pg_attversion=7"]),
        (None, None),
    ],
)
def test_a_proof_of_an_older_version_may_still_have_them(options, left):
    assert without_the_servers_own(options) == left
