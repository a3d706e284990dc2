"""Lists, checklists and doctor's lines on screens of 80 and 120 columns: what continues is indented."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console

from scims_backup.cli.commands.checklist import checklist
from scims_backup.cli.commands.doctor import doctor
from scims_backup.cli.commands.list import list_
from scims_backup.cli.request import Request
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.health import Examined, State
from scims_backup.domain.holds import Hold
from scims_backup.domain.status import Judged, Standing, Topic
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.reports.list_backups import ListBackups
from tests.fakes import MemoryCatalog, a_manifest, put_backup, put_drill
from tests.unit.usecases.checklisting import Records

WIDTHS = pytest.mark.parametrize("width", [80, 120])
LONG = "a-source-with-a-long-name-that-says-what-it-is-of-and-where-it-lies"
CURE = "see the last drill's report (scims-backup show), then run a drill: scims-backup drill; " * 2
OVERDUE = Judged(Topic.PROVEN, Standing.CRITICAL, "overdue: " + "the newest proven backup is old; " * 4, CURE)


def screen(request: Request, width: int, source: str = "scims-db", **cases: object) -> list[str]:
    """What a command writes whose use cases are played."""

    @contextmanager
    def application() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(**cases)

    session = SimpleNamespace(application=application, settings=SimpleNamespace(source=source))
    out = io.StringIO()
    answer = request.run(session)  # type: ignore[arg-type]
    answer.write(Console(file=out, width=width, color_system=None, highlight=False, markup=False))
    return out.getvalue().splitlines()


def listed(catalog: MemoryCatalog, width: int, source: str = "scims-db") -> list[str]:
    return screen(
        list_(), width, source, list_backups=lambda: ListBackups(catalog), judged=lambda: (OVERDUE,)
    )


def of_a_source(source: str) -> MemoryCatalog:
    catalog = MemoryCatalog()
    for day in (21, 22):
        put_backup(catalog, a_manifest(f"202611{day}T020000Z", source))
    backup = BackupId(source, "20261121T020000Z")
    put_drill(catalog, backup, "20261121T030000Z", Verdict.PASSED)
    catalog.put_new(keys.hold(backup, Hold("somebody-who-holds", backup.moment)), b"{}")
    catalog.put_new(keys.manifest(BackupId(source, "20261123T020000Z")), b"{")
    return catalog


@WIDTHS
@pytest.mark.parametrize("source", ["scims-db", LONG[:63]])
def test_a_list_fits_the_screen_and_cuts_no_stamp(source: str, width: int) -> None:
    lines = listed(of_a_source(source), width, source)
    assert all(len(line.rstrip()) <= width for line in lines)
    text = "\n".join(lines)
    for stamp in ("20261121T020000Z", "20261122T020000Z", "20261123T020000Z"):
        assert stamp in text


def test_where_ids_do_not_fit_the_source_stands_above_stamps() -> None:
    narrow = listed(of_a_source(LONG[:63]), 80, LONG[:63])
    assert narrow[0] == f"source {LONG[:63]}"
    assert narrow[1].split()[0] == "STAMP"
    assert narrow[2].split()[0] == "20261121T020000Z"
    assert listed(of_a_source("scims-db"), 80)[0].split()[0] == "BACKUP"


@WIDTHS
def test_below_a_list_stands_what_is_judged_with_hanging_lines(width: int) -> None:
    lines = listed(of_a_source("scims-db"), width)
    at = next(number for number, line in enumerate(lines) if line.startswith("CRITICAL"))
    assert lines[at].startswith("CRITICAL  overdue: ")
    assert len(lines[at:]) > 2
    assert all(line.startswith(" " * 10) for line in lines[at + 1 :])
    assert any(line.startswith(" " * 10 + "→ see the last drill's report") for line in lines[at + 1 :])


def _checklist(width: int) -> list[str]:
    records = Records()
    records.night(days=20)
    return screen(checklist(), width, checklist=records.read)


def _doctor(width: int) -> list[str]:
    examined = [
        Examined("catalog", State.FINE, "/backups", "answers"),
        Examined("last-drill", State.PROBLEM, "scims-db", OVERDUE.message, OVERDUE.cure),
        Examined("vault", State.NOT_CHECKED, "/vault", "it requires catalog, which has a problem"),
    ]
    return screen(doctor(), width, examine=lambda _trace: examined)


@WIDTHS
@pytest.mark.parametrize(
    ("write", "starts"),
    [
        (_checklist, ("yes", "no", "unknown", "Backup", "Restore", "Automation")),
        (_doctor, ("ok", "PROBLEM", "not checked", "1 problem,")),
    ],
    ids=["checklist", "doctor"],
)
def test_only_what_begins_a_line_stands_at_the_margin(
    write: Callable[[int], list[str]], starts: tuple[str, ...], width: int
) -> None:
    lines = write(width)
    assert all(len(line) <= width for line in lines)
    assert all(line.startswith((*starts, "    ")) for line in lines)
    assert sum(line.startswith(" ") for line in lines) >= 3
