"""The screen of `status`, at every width, and its JSON."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from rich.console import Console
from rich.text import Text

from scims_backup.cli.sparkline import sparkline
from scims_backup.cli.status_answers import statuses_result
from scims_backup.cli.status_screen import write_statuses
from scims_backup.cli.writing import write_hanging
from scims_backup.domain.errors import UnderstoodError, UsageError
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.status import OpenAlert, Promised, Seen, SourceStatus
from scims_backup.usecases.reports.read_statuses import Statuses
from tests.support import cli_schemas
from tests.unit.test_status_judgement import BACKUP, DAY, EMPTY, HOUR, NOW, PROVEN, TAKEN, drill, failure

WIDTHS = pytest.mark.parametrize("width", [40, 80, 120])
NIGHTS = tuple(
    RunRecord(
        RunKind.BACKUP,
        "scims-db",
        None,
        TAKEN - days * DAY,
        TAKEN - days * DAY + HOUR,
        RunResult.FAILED if days == 1 else RunResult.COMPLETED,
        bytes=None if days == 1 else 1000 * (10 - days),
    )
    for days in range(2, -1, -1)
)
WHOLE = replace(
    PROVEN,
    promised=Promised(restore_time=timedelta(minutes=30), quota=20_000_000_000),
    nights=NIGHTS,
    last_drill=drill(),
    last_restore=replace(drill(), kind=RunKind.RESTORE, result=RunResult.COMPLETED),
    last_failure=failure(TAKEN - HOUR),
    archive_bytes=1_663_000_000,
    stored_bytes=20_000_000,
    stored_in_all=9_200_000_000,
    quota_day=date(2027, 1, 3),
    in_all=270_435,
    copies="s3://elsewhere",
    copied=Seen(BACKUP, TAKEN),
    alerts=(OpenAlert("RowCountAnomaly", NOW, acknowledged=True),),
)
BAD = replace(
    WHOLE,
    proven=Seen(BACKUP, NOW - 9 * DAY),
    verdict=drill(RunResult.FAILED, "2 differences (table public.items: rows-differ; table b: row-missing)"),
)


def written(write: Callable[[Console], None], width: int) -> list[str]:
    out = io.StringIO()
    write(Console(file=out, width=width, color_system=None, highlight=False, markup=False, emoji=False))
    return out.getvalue().splitlines()


def screen(
    *sources: SourceStatus,
    width: int = 80,
    broken: dict[str, UnderstoodError] | None = None,
    problems: tuple[str, ...] = (),
) -> list[str]:
    statuses = Statuses(NOW, sources, broken or {}, problems)
    return written(lambda console: write_statuses(console, statuses, 17), width)


def many(count: int) -> list[SourceStatus]:
    return [replace(WHOLE, source=f"s{number:02}") for number in range(count)]


def test_a_source_shows_its_ages_runs_sizes_and_what_comes_next() -> None:
    assert screen(WHOLE, width=120) == [
        "ok        scims-db",
        "          newest      20261129T020000Z, 6 h old, limit 26 h",
        "          proven      20261129T020000Z, 6 h old, limit 8 days",
        "          copied      20261129T020000Z, 6 h old, limit 8 days",
        "          last drill  passed 5 h ago, of 20261129T020000Z",
        "          restore     1 min 05 s in a drill, limit 30 min",
        "          restored    completed 5 h ago",
        "          nights      ▆!█",
        "          size        1.7 GB, 20 MB new in the vault, 270,435 rows",
        "          stored      9.2 GB of 20 GB, full on 2027-01-03",
        "          alerts      RowCountAnomaly (acknowledged)",
        "          next        backup due by 2026-11-30 04:00 UTC, drill due by 2026-12-07 02:00 UTC",
        "1 ok; 17 requests",
    ]


def test_what_is_wrong_stands_below_with_the_next_command_and_short_ids() -> None:
    lines = screen(BAD)
    at = lines.index("          CRITICAL  overdue: the newest proven backup, 20261129T020000Z, is 9")
    assert lines[at : at + 4] == [
        "          CRITICAL  overdue: the newest proven backup, 20261129T020000Z, is 9",
        "                    days old, limit 8 days",
        "                    → see the last drill's report (scims-backup show), then run",
        "                      a drill: scims-backup drill",
    ]


def test_before_the_first_backup_the_next_command_is_all_there_is_to_say() -> None:
    assert screen(EMPTY) == [
        "ok        scims-db",
        "          ok        there is no backup yet",
        "                    → take the first one: scims-backup backup",
        "1 ok; 17 requests",
    ]
    assert screen() == ["no source has a backup yet: take the first one, scims-backup backup; 17 requests"]


@WIDTHS
@pytest.mark.parametrize("status", [WHOLE, BAD, EMPTY], ids=["fine", "critical", "empty"])
def test_no_line_is_longer_than_the_screen_and_none_begins_where_a_source_does(
    status: SourceStatus, width: int
) -> None:
    lines = screen(status, width=width)
    assert all(len(line) <= width for line in lines)
    assert all(line.startswith(" " * 10) for line in lines[1:-1])


@WIDTHS
def test_nothing_of_a_message_is_lost_by_wrapping(width: int) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    lines = written(lambda console: write_hanging(console, Text(words), 12, first=4), width)
    assert " ".join(line.strip() for line in lines) == words
    assert [len(line) - len(line.lstrip()) for line in lines] == [4, *[12] * (len(lines) - 1)]


def test_a_source_that_cannot_be_read_stands_first_and_hides_no_other() -> None:
    lines = screen(WHOLE, broken={"redis": UsageError("no such file", "check the path")})
    assert lines[:3] == ["CRITICAL  redis", "          no such file", "          → check the path"]
    assert lines[-1] == "1 critical, 1 ok; 17 requests"


def test_what_else_cannot_be_read_is_said() -> None:
    assert "problem  events/x.json is damaged" in screen(WHOLE, problems=("events/x.json is damaged",))


def test_of_many_sources_those_that_are_fine_have_a_row_and_the_others_a_block_first() -> None:
    lines = screen(*many(8), replace(BAD, source="zz"))
    assert lines[0] == "CRITICAL  zz"
    rows = [line for line in lines if line.startswith("ok")]
    assert len(rows) == 8
    assert rows[0].split() == ["ok", "s00", "6", "h", "6", "h", "1.7", "GB", "▆!█"]


@pytest.mark.parametrize(("width", "nights"), [(80, 10), (120, 30)])
def test_a_row_says_of_how_many_nights_its_bars_are_and_cuts_no_name(width: int, nights: int) -> None:
    long = ["x" * 63 + str(number) for number in range(6)]
    sources = [replace(WHOLE, source=name, nights=NIGHTS * 10) for name in long]
    lines = screen(*sources, width=width)
    assert f"{nights} NIGHTS" in lines[0]
    assert lines[1].count("▆") + lines[1].count("!") + lines[1].count("█") == nights
    assert "".join(lines).count("x") == 63 * 6


def test_rows_that_are_not_shown_are_counted() -> None:
    lines = screen(*many(30))
    assert "… and 10 more, all ok" in lines
    assert lines[-1] == "30 ok; 17 requests"


@pytest.mark.parametrize(
    ("amounts", "bars"),
    [
        ([], ""),
        ([0, 0], "▁▁"),
        ([1, 2, 4, 8], "▁▂▄█"),
        ([100, 50, 100], "█▄█"),
        ([None, 5], "!█"),
        ([10**12, 10**12 + 1], "▇█"),
    ],
)
def test_bars_begin_at_zero_and_a_night_without_a_backup_is_marked(
    amounts: list[int | None], bars: str
) -> None:
    assert sparkline(amounts) == bars


@pytest.mark.parametrize("status", [WHOLE, BAD, EMPTY], ids=["whole", "bad", "empty"])
def test_json_meets_the_documented_schema(status: SourceStatus) -> None:
    statuses = Statuses(NOW, (status,), {"redis": UsageError("no such file", "check")}, ("damaged",))
    document = statuses_result(statuses, 17)
    cli_schemas.check("status", document)
    assert document["standing"] == "critical"
    assert document["requests"] == 17
