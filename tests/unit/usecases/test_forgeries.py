"""Forged documents elsewhere than at a prune: drills, claims, events, markers, and what wakes a function.

Those that a prune meets: tests/integration/test_forgeries.py.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.vaults.known_backups import KnownBackups
from scims_backup.domain import keys
from scims_backup.domain.drill_run import LONGEST_WAIT, Request, started_note, task_note
from scims_backup.domain.drill_steps import Stopped
from scims_backup.domain.errors import KeyMissingError, UsageError, VaultGoneError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import TaskOrder
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.watch_objectives import WatchObjectives
from scims_backup.usecases.backups.claims import Claim, Claims
from scims_backup.usecases.reports.list_backups import ListBackups
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, a_report, put_backup
from tests.unit.usecases.drilling import BACKUP, DRILL, SCHEDULED, World

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def world():
    return World()


def _event_log(catalog):
    return EventLog("scims-db", catalog, lambda: NOW, lambda: "id1", RecordedProgress())


# --- drills that run as tasks -------------------------------------------------------------------


def test_a_task_that_the_catalog_names_and_that_is_another_s_is_neither_stopped_nor_looked_at(world):
    """Whose a task is, ECS says."""
    world.catalog.put_new(
        keys.drill_request(BACKUP, DRILL), Request(SCHEDULED, SCHEDULED + DAY).to_bytes("x")
    )
    world.catalog.put_new(keys.drill_attempt(BACKUP, DRILL, "started", 1), started_note("x", SCHEDULED))
    world.catalog.put_new(keys.drill_attempt(BACKUP, DRILL, "task", 1), task_note("arn/of-somebody-else"))
    world.tasks.started["arn/of-somebody-else"] = TaskOrder(BACKUP, "by hand", 1, SCHEDULED + 99 * DAY)
    world.tick(hours=25)
    assert "arn/of-somebody-else" in world.tasks.running()
    assert world.verdicts() == ["verdict.inconclusive.json"]


def test_news_that_another_task_has_stopped_give_no_drill_up(world):
    world.drills().ask(SCHEDULED, "newest")
    advanced = world.drills().task_stopped(BACKUP, DRILL, "arn/started-by-hand", Stopped(1, "exit code 0"))
    assert (advanced.step, world.verdicts()) == ("waits", [])
    assert world.tasks.running() == [f"arn/{DRILL}-1"]


def test_a_request_that_wants_to_be_waited_for_for_ever_is_waited_for_three_days(world):
    for_ever = Request(SCHEDULED, SCHEDULED + 9_999 * DAY)
    world.catalog.put_new(keys.drill_request(BACKUP, DRILL), for_ever.to_bytes("x"))
    world.tick()
    (order,) = world.tasks.started.values()
    assert order.expires == SCHEDULED + LONGEST_WAIT


def test_a_report_without_a_request_becomes_no_verdict(world):
    world.report(a_report(Verdict.PASSED))
    assert world.drills().advance(BACKUP, DRILL) is None
    world.tick()
    assert (world.verdicts(), world.told()) == ([], [])


def test_a_verdict_that_was_put_before_the_report_does_not_decide(world):
    world.drills().ask(SCHEDULED, "newest")
    world.catalog.put_new(keys.drill_verdict(BACKUP, DRILL, Verdict.PASSED), b"{}")
    world.report(a_report(Verdict.FAILED))
    assert world.drills().advance(BACKUP, DRILL).step == "failed"
    assert world.told() == ["DrillFailed"]


# --- manifests of what is to come ---------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [a_manifest("20990101T000000Z"), replace(a_manifest("20261121T020000Z"), started=NOW + 2 * DAY)],
    ids=["by its stamp", "by its start"],
)
def test_a_manifest_of_what_is_to_come_is_no_newest_backup(forged):
    catalog = MemoryCatalog()
    put_backup(catalog, a_manifest())
    put_backup(catalog, forged)
    assert ListBackups(catalog, lambda: NOW).choose("scims-db", "newest").backup == BACKUP
    watch = WatchObjectives("scims-db", catalog, _event_log(catalog), DAY / 2, None)
    assert watch.look(BACKUP.moment + DAY) == [Kind.BACKUP_OVERDUE]


def test_where_all_backups_are_to_come_the_clock_went_back_and_the_newest_is_the_newest():
    catalog = MemoryCatalog()
    put_backup(catalog, a_manifest())
    newest = ListBackups(catalog, lambda: NOW - 99 * DAY).choose("scims-db", "newest")
    assert newest.backup == BACKUP


# --- claims -----------------------------------------------------------------------------------------


def _claims(catalog):
    return Claims("scims-db", catalog, lambda: NOW, lambda: "me", timedelta(hours=1))


@pytest.mark.parametrize("since", [NOW - timedelta(hours=2), NOW + DAY])
def test_a_claim_for_ever_does_not_keep_a_run_from_its_backup(since):
    catalog = MemoryCatalog()
    lease = {"version": 1, "holder": "x", "since": since.isoformat(), "until": "9999-01-01T00:00:00+00:00"}
    catalog.put_new(keys.claim(BACKUP), json.dumps(lease).encode())
    assert isinstance(_claims(catalog).of_schedule(BACKUP.moment), Claim)


@pytest.mark.parametrize("name", ["report.json", "request.json", "signed-off.json"])
def test_no_drill_without_a_verdict_says_that_a_backup_was_there_before(name):
    catalog = MemoryCatalog()
    catalog.put_new(f"{keys.drill(BACKUP, DRILL)}{name}", b"{}")
    assert isinstance(_claims(catalog).of_schedule(BACKUP.moment), Claim)


# --- events -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "put_before",
    [
        b"{",
        Event("x", Kind.DRILL_OVERDUE, Severity.INFO, NOW, "other", None, {}).to_bytes(),
        Event("x", Kind.DRILL_PASSED, Severity.INFO, NOW, "scims-db", None, {}).to_bytes(),
        Event("x", Kind.DRILL_OVERDUE, Severity.ERROR, NOW, "scims-db", str(BACKUP), {}).to_bytes(),
    ],
)
def test_an_event_that_was_put_beforehand_keeps_no_other_silent(put_before):
    catalog, silent = MemoryCatalog(), MemoryCatalog()
    _event_log(catalog).record_once(Kind.DRILL_OVERDUE, Severity.ERROR, {}, NOW)
    (key,) = catalog.objects
    silent.put_new(key, put_before)
    for _ in range(2):
        _event_log(silent).record_once(Kind.DRILL_OVERDUE, Severity.ERROR, {}, NOW)
    (told,) = [Event.from_bytes(data, name) for name, data in silent.objects.items() if name != key]
    assert (told.kind, told.severity, told.backup) == (Kind.DRILL_OVERDUE, Severity.ERROR, None)


def test_a_note_since_when_proofs_are_missing_that_lies_in_the_future_silences_nothing():
    catalog = MemoryCatalog()
    put_backup(catalog, a_manifest())
    note = json.dumps({"version": 1, "since": "2099-01-01T00:00:00+00:00"}).encode()
    catalog.put_new(keys.drills_since("scims-db"), note)
    watch = WatchObjectives("scims-db", catalog, _event_log(catalog), None, 8 * DAY)
    assert watch.look(BACKUP.moment + 9 * DAY) == [Kind.DRILL_OVERDUE]


def test_a_verdict_without_a_report_does_not_say_that_a_backup_is_proven():
    catalog = MemoryCatalog()
    put_backup(catalog, a_manifest())
    catalog.put_new(keys.drill_verdict(BACKUP, DRILL, Verdict.PASSED), Report(Verdict.PASSED).to_bytes())
    watch = WatchObjectives("scims-db", catalog, _event_log(catalog), None, 8 * DAY)
    assert watch.look(BACKUP.moment + 9 * DAY) == [Kind.DRILL_OVERDUE]


# --- markers of vaults ------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [keys.proof(BACKUP), keys.drill_report(BACKUP, DRILL)])
def test_a_vault_is_not_begun_anew_where_manifests_and_markers_were_removed(left):
    catalog = MemoryCatalog()
    catalog.put_new(left, b"{}")
    with pytest.raises(VaultGoneError, match=f"knows {left}, so scims-db had backups"):
        KnownBackups(catalog, "scims-db", "/a/place").refuse_to_begin_anew("the vault", "bring it back.")


# --- keys -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        "manifests/scims-db/../other/20261122T020000Z.json",
        "manifests/scims-db/20261122T020000Z.json/x",
        "manifests/scims-db/20269922T020000Z.json",
        "manifests/scims-db/newest.json",
        "manifests//20261122T020000Z.json",
        "other/manifests/scims-db/20261122T020000Z.json",
        "tombstones/scims-db/20261122T020000Z.json",
    ],
)
def test_what_is_no_manifest_s_key_wakes_no_prune(key):
    assert not keys.is_manifest(key)


@pytest.mark.parametrize(
    "key",
    [
        "drills/scims-db/20261122T020000Z/report.json",
        "drills/scims-db/since.json",
        "drills/scims-db/../20261122T020000Z/d/report.json",
        "manifests/scims-db/20261122T020000Z.json",
    ],
)
def test_what_is_no_drill_s_key_goes_on_with_none(key):
    assert keys.drill_of_key(key) is None


def test_a_drill_whose_name_leads_elsewhere_is_refused_by_the_catalog(tmp_path):
    catalog = FolderCatalog(tmp_path)
    with pytest.raises(UsageError, match="is not a valid catalog key"):
        catalog.get(keys.drill_report(BACKUP, ".."))
    with pytest.raises(KeyMissingError):
        catalog.get(keys.drill_report(BACKUP, "d"))
