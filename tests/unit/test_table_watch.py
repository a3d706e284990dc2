"""Which table is being loaded, as pg_restore says it."""

from scims_backup.engines.postgresql.targets.jobs import TableWatch
from tests.fakes import RecordedProgress

SAID = [
    "pg_restore: connecting to database for restore",
    'pg_restore: processing data for table "public.crafts"',
    "pg_restore: executing SEQUENCE SET crafts_id_seq",
    'pg_restore: processing data for table "Stock.Odd "name""',
]


def _rows(progress):
    return [told for kind, told in progress.told if kind == "rows"]


def test_a_table_is_counted_when_the_next_one_begins_and_at_the_end():
    progress = RecordedProgress()
    watch = TableWatch(progress, {"public.crafts": 600})
    for line in SAID[:3]:
        watch.line(line)
    assert _rows(progress) == []
    watch.line(SAID[3])
    assert _rows(progress) == [("public.crafts", 600)]
    watch.end()
    watch.end()
    assert _rows(progress) == [("public.crafts", 600), ('Stock.Odd "name"', 0)]
