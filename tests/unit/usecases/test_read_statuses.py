"""The status of many sources: one summary each, which counts only for the keys that it is about."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scims_backup.adapters.catalogs.counted import CountedCatalog
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.conditions import Acknowledged, Problem
from scims_backup.domain.conditions.causes import cause_of
from scims_backup.domain.errors import CatalogUnreachableError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.status import OpenAlert, Seen, Standing, Watched
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.conditions import Conditions
from scims_backup.usecases.reports.read_status import ReadStatus
from scims_backup.usecases.reports.read_statuses import ReadStatuses, Statuses
from scims_backup.usecases.reports.summaries import Summaries
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, put_backup, put_drill

STAMP, NEXT = "20261122T020000Z", "20261123T020000Z"
TAKEN = BackupId("a", STAMP).moment
NOW = TAKEN + timedelta(hours=6)
SOURCES = ["a", "b", "c"]


class ReadOnly(MemoryCatalog):
    """A catalog that its reader may not write to."""

    def put_new(self, key: str, data: bytes) -> None:
        if key.startswith("summaries/"):
            raise CatalogUnreachableError("access denied")
        super().put_new(key, data)


def filled(catalog: MemoryCatalog, sources: list[str]) -> MemoryCatalog:
    for source in sources:
        put_backup(catalog, a_manifest(STAMP, source))
        put_drill(catalog, BackupId(source, STAMP), "20261122T030000Z", Verdict.PASSED)
    return catalog


@pytest.fixture
def catalog() -> MemoryCatalog:
    return filled(MemoryCatalog(), SOURCES)


def read(
    catalog: Catalog, *sources: str, now: datetime = NOW, progress: RecordedProgress | None = None
) -> Statuses:
    """Read the named sources, or all there are."""
    watched = [Watched(source) for source in sources] or None
    return ReadStatuses(Summaries(catalog, progress or RecordedProgress()), watched).run(now)


def requests(catalog: Catalog, *sources: str) -> int:
    counted = CountedCatalog(catalog)
    read(counted, *sources)
    return counted.requests


def test_all_sources_of_a_catalog_are_read_where_none_is_named(catalog: MemoryCatalog) -> None:
    found = read(catalog)
    assert [one.source for one in found.sources] == SOURCES
    assert found.standing is Standing.FINE


def test_the_summary_says_what_the_documents_say(catalog: MemoryCatalog) -> None:
    read(catalog)
    from_documents = tuple(ReadStatus(catalog, Watched(source)).run(NOW) for source in SOURCES)
    assert read(catalog).sources == from_documents


def test_a_glance_at_one_source_reads_its_summary_and_writes_none(catalog: MemoryCatalog) -> None:
    reading = ReadStatus(catalog, Watched("a"))
    before = dict(catalog.objects)
    assert reading.glance(NOW) == reading.run(NOW)
    assert catalog.objects == before
    read(catalog)
    counted = CountedCatalog(catalog)
    assert ReadStatus(counted, Watched("a")).glance(NOW) == reading.run(NOW)
    assert counted.requests == 5 + 8 + 1


def test_one_request_for_each_source_suffices_once_there_are_summaries(catalog: MemoryCatalog) -> None:
    first, second = requests(catalog), requests(catalog)
    listings = 5 + 8
    """Of five prefixes, and of the events of eight days."""
    assert first > second == listings + len(SOURCES)


def test_a_few_sources_are_listed_alone_and_many_at_once() -> None:
    names = [f"s{number}" for number in range(100)]
    catalog = filled(MemoryCatalog(), names)
    requests(catalog)
    assert requests(catalog, "s1") == 5 + 8 + 1
    assert requests(catalog, *names) == 5 + 8 + 100


def test_a_listing_of_more_than_a_page_is_several_requests() -> None:
    catalog = CountedCatalog(filled(MemoryCatalog(), [f"s{number}" for number in range(1001)]))
    list(catalog.keys("manifests/"))
    assert catalog.requests == 2


def test_a_new_backup_makes_a_summary_of_its_own_and_the_old_one_goes(catalog: MemoryCatalog) -> None:
    read(catalog)
    (before,) = catalog.keys(keys.summaries("a"))
    put_backup(catalog, a_manifest(NEXT, "a"))
    found = read(catalog, now=NOW + timedelta(days=1))
    (after,) = catalog.keys(keys.summaries("a"))
    assert after != before
    assert found.sources[0].newest == Seen(
        BackupId("a", NEXT), BackupId("a", NEXT).moment, BackupId("a", NEXT).moment.replace(second=42)
    )


def test_a_backup_that_is_gone_is_noticed_whatever_a_summary_says(catalog: MemoryCatalog) -> None:
    read(catalog)
    catalog.delete(keys.manifest(BackupId("a", STAMP)))
    assert read(catalog, "a").sources[0].newest is None


def test_a_drill_that_failed_since_is_noticed_whatever_a_summary_says(catalog: MemoryCatalog) -> None:
    read(catalog)
    put_drill(catalog, BackupId("a", STAMP), "20261122T040000Z", Verdict.FAILED)
    assert read(catalog).standing is Standing.CRITICAL


def test_age_is_judged_now_and_not_when_the_summary_was_made(catalog: MemoryCatalog) -> None:
    assert read(catalog).standing is Standing.FINE
    assert read(catalog, now=TAKEN + timedelta(hours=27)).standing is Standing.CRITICAL


def test_a_run_that_failed_since_is_known_by_its_event(catalog: MemoryCatalog) -> None:
    read(catalog)
    event = Event("1", Kind.BACKUP_FAILED, Severity.ERROR, NOW, "b", None, {"message": "no connection"})
    catalog.put_new(keys.event(event.time, event.kind, event.id), event.to_bytes())
    found = read(catalog)
    assert [one.last_failure is None for one in found.sources] == [True, False, True]
    assert found.standing is Standing.WARNING


def test_what_was_reported_and_has_not_ended_is_open_until_then(catalog: MemoryCatalog) -> None:
    conditions = Conditions(catalog)
    event = Event("1", Kind.ROW_COUNT_ANOMALY, Severity.WARNING, NOW, "b", f"b-{STAMP}", {})
    cause = cause_of(event)
    assert cause is not None
    conditions.open("b", cause, None, Problem.of(keys.event(NOW, event.kind, "1"), event))
    alerts = {one.source: one.alerts for one in read(catalog).sources}
    assert alerts == {"a": (), "b": (OpenAlert(cause, NOW),), "c": ()}
    assert ReadStatus(catalog, Watched("b")).run(NOW).alerts == alerts["b"]
    assert read(catalog).standing is Standing.WARNING
    latest = conditions.latest("b", cause)
    assert latest is not None
    conditions.acknowledge(latest, Acknowledged("ada", NOW))
    assert read(catalog).sources[1].alerts == (OpenAlert(cause, NOW, acknowledged=True),)
    assert read(catalog).standing is Standing.FINE


def test_an_event_that_cannot_be_read_may_be_about_any_source(catalog: MemoryCatalog) -> None:
    key = keys.event(NOW, Kind.BACKUP_FAILED, "1")
    catalog.put_new(key, b"{")
    found = read(catalog)
    assert found.standing is Standing.WARNING
    assert key in found.problems[0]


def test_a_damaged_summary_is_made_again(catalog: MemoryCatalog) -> None:
    whole = read(catalog)
    (key,) = catalog.keys(keys.summaries("a"))
    catalog.objects[key] = b"{"
    assert read(catalog) == whole
    assert read(catalog) == whole
    assert catalog.objects[key] != b"{"


def test_a_source_that_cannot_be_read_hides_no_other(catalog: MemoryCatalog) -> None:
    catalog.objects[keys.drills_since("b")] = b"{"
    found = read(catalog)
    assert [one.source for one in found.sources] == ["a", "c"]
    assert list(found.broken) == ["b"]
    assert found.standing is Standing.CRITICAL


def test_who_may_only_read_keeps_no_summary_and_is_told_once() -> None:
    catalog, progress = filled(ReadOnly(), SOURCES), RecordedProgress()
    assert read(catalog, progress=progress).standing is Standing.FINE
    notes = [note for kind, note in progress.told if kind == "note"]
    assert len(notes) == 1
    assert "access denied" in str(notes[0])


def test_no_summary_is_kept_while_a_backup_is_of_the_future(catalog: MemoryCatalog) -> None:
    put_backup(catalog, a_manifest("20991231T020000Z", "a"))
    found = read(catalog, "a")
    assert found.sources[0].newest is not None
    assert found.sources[0].newest.backup.stamp == STAMP
    assert not list(catalog.keys("summaries/"))


def test_nothing_is_written_before_the_first_backup() -> None:
    catalog = MemoryCatalog()
    assert read(catalog, "a").standing is Standing.FINE
    assert not catalog.objects


def test_a_summary_is_renewed_after_a_run_and_what_prevents_it_is_noted(catalog: MemoryCatalog) -> None:
    progress = RecordedProgress()
    Summaries(catalog, progress).renew("a", NOW)
    assert len(list(catalog.keys(keys.summaries("a")))) == 1
    catalog.objects[keys.drills_since("b")] = b"{"
    Summaries(catalog, progress).renew("b", NOW)
    ((_, note),) = progress.told
    assert "the summary of b could not be renewed" in str(note)
