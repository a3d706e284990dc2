"""What doctor sees of second copies, and what checklist and tick know of them."""

from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.checklist import State
from scims_backup.domain.errors import CatalogUnreachableError, VaultAccessError
from scims_backup.domain.health import State as Health
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.second_copy import CopyRecord
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.watch_objectives import WatchObjectives
from scims_backup.usecases.reports.examine_copy import ExamineCopy
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, put_backup
from tests.unit.usecases.checklisting import Records
from tests.unit.usecases.copying import BACKUP, THERE, Sides

AGE = timedelta(days=8)


@pytest.fixture
def sides():
    sides = Sides()
    sides.add()
    return sides


def seen(sides, after=timedelta(), reach=lambda: None):
    looking = ExamineCopy(
        "scims-db",
        here=lambda: sides.catalog,
        reach=reach,
        catalog=lambda: sides.there_catalog,
        vault=lambda: sides.there_vault,
        clock=lambda: BACKUP.moment + after,
    )
    return list(looking.look(THERE, AGE))


def test_before_the_first_copy_doctor_says_to_make_one_and_has_a_problem_once_it_is_overdue(sides):
    (one,) = seen(sides)
    assert (one.state, one.cure) == (Health.NOT_CHECKED, "scims-backup copy")
    (one,) = seen(sides, AGE + timedelta(hours=1))
    assert one.state is Health.PROBLEM
    assert one.cure.endswith("make one: scims-backup copy")


def test_a_copy_that_is_young_and_has_its_archive_is_fine(sides):
    sides.copying().run(BACKUP)
    assert [one.state for one in seen(sides, AGE)] == [Health.FINE, Health.FINE]


def test_a_copy_that_is_old_is_overdue(sides):
    sides.copying().run(BACKUP)
    age, _ = seen(sides, AGE + timedelta(hours=1))
    assert age.state is Health.PROBLEM
    assert str(BACKUP) in age.message


def test_a_copy_whose_archive_is_gone_is_named(sides):
    sides.copying().run(BACKUP)
    sides.there_vault.stored.clear()
    assert [one.message for one in seen(sides) if one.state is Health.PROBLEM] == [
        f"copies without an archive, or with a manifest that cannot be read: {BACKUP}"
    ]


@pytest.mark.parametrize(
    ("copied", "after", "state"),
    [
        (True, timedelta(), Health.FINE),
        (True, AGE + timedelta(hours=1), Health.PROBLEM),
        (False, timedelta(), Health.NOT_CHECKED),
        (False, AGE + timedelta(hours=1), Health.PROBLEM),
    ],
)
def test_where_only_the_copier_may_look_what_is_noted_here_is_judged(sides, copied, after, state):
    def refused():
        raise VaultAccessError("the role is not ours")

    if copied:
        sides.copying().run(BACKUP)
    noted, there = seen(sides, after, refused)
    assert (noted.state, there.state) == (state, Health.NOT_CHECKED)


def test_another_side_that_does_not_answer_is_not_taken_for_an_empty_one(sides):
    class Silent(MemoryCatalog):
        def keys(self, prefix):
            raise CatalogUnreachableError(f"no answer about {prefix}")

    sides.there_catalog = Silent()
    with pytest.raises(CatalogUnreachableError):
        seen(sides)


def _copied(catalog, backup, where=THERE):
    key = keys.manifest(backup)
    record = CopyRecord.of(Manifest.from_bytes(catalog.get(key), key), where)
    catalog.put_new(record.key, record.to_bytes())


def _line(records, **more):
    return records.lines(copies=THERE, copy_age=AGE, **more)["copy-elsewhere"]


@pytest.fixture
def records():
    return Records().as_it_should_be()


def test_where_no_copies_are_made_the_checklist_has_no_line_of_them(records):
    assert "copy-elsewhere" not in records.lines()


def test_the_newest_copy_makes_the_line(records):
    _copied(records.catalog, records.newest)
    line = _line(records)
    assert line.state is State.YES
    assert line.evidence[0].key in records.catalog.objects


def test_a_copy_elsewhere_than_the_settings_say_does_not_count(records):
    _copied(records.catalog, records.newest, "s3://where/they/were/before")
    assert _line(records).state is State.UNKNOWN


def test_a_copy_that_is_too_old_is_none(records):
    oldest = keys.backup_of(min(records.catalog.keys("manifests/")))
    _copied(records.catalog, oldest)
    assert records.lines(copies=THERE, copy_age=timedelta(days=5))["copy-elsewhere"].state is State.NO


def test_no_copy_at_all_is_a_no_once_one_would_have_been_due(records):
    assert records.lines(copies=THERE, copy_age=timedelta(days=5))["copy-elsewhere"].state is State.NO


def _looked(catalog, now, copies=THERE):
    events = EventLog("scims-db", catalog, lambda: now, lambda: "id", RecordedProgress())
    return WatchObjectives("scims-db", catalog, events, None, None, None, copies, AGE).look(now)


FIRST, SECOND = (BackupId("scims-db", stamp) for stamp in ("20261115T020000Z", "20261122T020000Z"))


@pytest.fixture
def catalog():
    catalog = MemoryCatalog()
    for backup in (FIRST, SECOND):
        put_backup(catalog, a_manifest(backup.stamp))
    return catalog


@pytest.mark.parametrize(
    ("copied", "since"), [((), FIRST), ((FIRST,), FIRST), ((FIRST, SECOND), SECOND), ((SECOND,), SECOND)]
)
def test_copies_are_overdue_once_the_newest_is_older_than_promised_and_that_is_told_once(
    catalog, copied, since
):
    for backup in copied:
        _copied(catalog, backup)
    assert _looked(catalog, since.moment + AGE) == []
    for hours in range(1, 30):
        assert _looked(catalog, since.moment + AGE + timedelta(hours=hours)) == ["CopyOverdue"]
    assert [keys.kind_of_event(key) for key in catalog.keys("events/")] == ["CopyOverdue"]


def test_a_copy_of_a_backup_that_was_removed_here_counts(catalog):
    _copied(catalog, SECOND)
    catalog.delete(keys.manifest(SECOND))
    assert _looked(catalog, SECOND.moment + AGE) == []


def test_a_record_of_a_backup_that_is_still_to_come_keeps_nobody_silent(catalog):
    forged = a_manifest("20991122T020000Z")
    record = CopyRecord.of(forged, THERE)
    catalog.put_new(record.key, record.to_bytes())
    assert _looked(catalog, FIRST.moment + AGE + timedelta(hours=1)) == ["CopyOverdue"]


def test_nothing_is_overdue_where_no_copies_are_made(catalog):
    assert _looked(catalog, SECOND.moment + 100 * AGE, copies=None) == []
