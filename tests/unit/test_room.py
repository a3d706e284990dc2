"""Whether something fits, what would do where it does not, and what is mailed while it still fits."""

import json
import re
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.backup import BackupId
from scims_backup.domain.dump_time import Pace
from scims_backup.domain.errors import SandboxError
from scims_backup.domain.events import Event
from scims_backup.domain.room import DRILL_MEMORY, DRILL_STORAGE, GIB, MIB, Medium, Room
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from scims_backup.handling.function_room import rooms_of_function
from scims_backup.usecases.drills.conclude import conclude
from scims_backup.usecases.drills.expected_room import expected_disk
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, put_backup

DRILL = "20261123T030000Z"


@pytest.mark.parametrize(
    ("parameter", "wanted", "said"),
    [
        (DRILL_STORAGE, 1, "DrillStorage: at least 21 GiB"),
        (DRILL_STORAGE, 61 * GIB, "DrillStorage: at least 61 GiB"),
        (DRILL_STORAGE, 61 * GIB + 1, "DrillStorage: at least 62 GiB"),
        (DRILL_MEMORY, 8193 * MIB, "DrillMemory: at least 16384 MB"),
    ],
)
def test_the_least_value_that_does_is_named(parameter, wanted, said):
    assert parameter.at_least(wanted) == said


def test_where_no_value_does_another_way_is_named():
    assert DRILL_STORAGE.at_least(201 * GIB).startswith(
        "201 GiB, more than DrillStorage can be (200): set SandboxKind to rds"
    )


@pytest.mark.parametrize(
    ("needed", "suffices", "is_short"),
    [(80, True, False), (81, True, True), (100, True, True), (101, False, True)],
)
def test_room_is_short_from_four_fifths_on(needed, suffices, is_short):
    room = Room(Medium.DISK, needed, free=100)
    assert (room.suffices, room.is_short) == (suffices, is_short)


def test_what_is_wanted_is_no_longer_short():
    room = Room(Medium.DISK, needed=90, free=100, otherwise=30)
    assert not replace(room, free=room.wanted - room.otherwise).is_short


def concluded(room):
    catalog, backup = MemoryCatalog(), BackupId.parse("scims-db-20261122T020000Z")
    report = Report(Verdict.PASSED, ended=datetime(2026, 11, 23, 4, tzinfo=UTC), room=room)
    for _ in range(2):
        conclude(catalog, backup, DRILL, report, RecordedProgress())
    events = [key for key in catalog.objects if key.startswith("events/") and "RoomRunsShort" in key]
    return [Event.from_bytes(catalog.objects[key], key) for key in events]


def test_a_drill_that_nearly_filled_its_disk_is_one_mail_with_the_value_that_does():
    (event,) = concluded(Room(Medium.DISK, 45 * GIB, 48 * GIB, otherwise=2 * GIB))
    mail = mail_for(event)
    assert mail is not None
    assert "room runs short" in mail.subject
    assert "DrillStorage: at least 59 GiB" in mail.body


@pytest.mark.parametrize("room", [None, Room(Medium.DISK, 30 * GIB, 48 * GIB)])
def test_a_drill_with_room_or_of_unknown_size_is_no_mail(room):
    assert concluded(room) == []


def test_a_report_keeps_what_its_drill_took():
    report = Report(Verdict.PASSED, room=Room(Medium.MEMORY, 3, 4, 5))
    assert Report.from_bytes(report.to_bytes(), "report").room == report.room
    assert "room" not in json.loads(Report(Verdict.PASSED).to_bytes())


def drilled(catalog, manifest, room, verdict=Verdict.PASSED):
    """A backup with a drill of it."""
    put_backup(catalog, manifest)
    data = Report(verdict, room=room).to_bytes()
    catalog.put_new(keys.drill_report(manifest.backup, DRILL), data)
    catalog.put_new(keys.drill_verdict(manifest.backup, DRILL, verdict), data)


def night(day, archive_bytes, source_bytes=0):
    manifest = a_manifest()
    return replace(
        manifest,
        backup=BackupId(manifest.backup.source, f"202611{day:02}T020000Z"),
        archive=replace(manifest.archive, bytes=archive_bytes),
        pace=Pace(source_bytes, 10.0) if source_bytes else None,
    )


def test_the_need_is_that_of_the_newest_drill_that_passed_by_the_archives_sizes():
    catalog = MemoryCatalog()
    drilled(catalog, night(10, 100), Room(Medium.DISK, 7, 1000))
    drilled(catalog, night(11, 100), Room(Medium.DISK, 300, 1000))
    drilled(catalog, night(12, 100), Room(Medium.DISK, 9, 1000), Verdict.INCONCLUSIVE)
    assert expected_disk(catalog, night(13, 200, source_bytes=5000)) == 600


@pytest.mark.parametrize("room", [None, Room(Medium.MEMORY, 300, 1000)])
def test_without_a_drill_that_says_so_the_need_is_the_sources_size_if_that_is_known(room):
    catalog = MemoryCatalog()
    drilled(catalog, night(11, 100), room)
    assert expected_disk(catalog, night(13, 200, source_bytes=5000)) == 5000
    assert expected_disk(catalog, night(13, 200)) is None


def test_a_sandbox_refuses_what_its_disk_cannot_hold_and_names_the_value_that_does(tmp_path):
    with LocalSandboxes(tmp_path).open() as sandbox:
        free = sandbox.room().free
        sandbox.check_room(free)
        with pytest.raises(SandboxError, match=rf"are free in {tmp_path}") as refused:
            sandbox.check_room(free + 1)
    assert re.search(r"DrillStorage: at least \d+ GiB|more than DrillStorage can be", refused.value.cure)


def test_a_function_knows_how_much_it_takes_of_its_tmp_and_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(total=GIB, used=GIB - 1))
    tmp, memory = rooms_of_function({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024"})
    assert (tmp.is_short, memory.free) == (True, GIB)
    assert memory.needed > MIB


def test_a_large_disk_is_no_functions_and_without_lambda_nothing_is_measured(monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(total=100 * GIB))
    (memory,) = rooms_of_function({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024"})
    assert memory.medium is Medium.MEMORY
    assert list(rooms_of_function({})) == []
