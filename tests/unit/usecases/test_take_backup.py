"""Taking a backup: the order of the commit, and every call failing in its turn."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    CatalogUnreachableError,
    InterruptedOperationError,
    SourceAccessError,
    SourceChangedError,
    SourceUnreachableError,
    VaultGoneError,
    VaultUnreachableError,
)
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.take_backup import TakeBackup
from scims_backup.usecases.stored.proofs import load_proof
from tests.fakes import RecordedProgress, a_manifest, put_backup
from tests.faults import CHUNKS, Calls, FaultyCatalog, FaultySource, FaultyVault, a_proof, every_call

NOW = datetime(2026, 11, 22, 2, 0, 0, 400_000, UTC)
ERRORS = {
    "catalog": CatalogUnreachableError,
    "vault": VaultUnreachableError,
    "source": SourceUnreachableError,
    "proof": SourceUnreachableError,
}


class Rig:
    """A backup with all ports in memory; its clock ticks by one tenth of a second."""

    def __init__(self, calls=None, **options):
        self._options = options
        self.calls = calls or Calls()
        self.catalog, self.vault = FaultyCatalog(self.calls), FaultyVault(self.calls)
        self.source, self.progress = FaultySource(self.calls), RecordedProgress()
        self.now, self._ids = NOW, 0

    def clock(self):
        self.now += timedelta(milliseconds=100)
        return self.now

    def new_id(self):
        self._ids += 1
        return f"id{self._ids}"

    def take(self, level=Level.FULL):
        events = EventLog("scims-db", self.catalog, self.clock, self.new_id, self.progress)
        ports = (self.source, self.vault, self.catalog, events, self.clock, self.new_id, self.progress)
        return TakeBackup("scims-db", *ports, **self._options).run(level)

    def manifests(self):
        return list(
            self.catalog.objects.keys() & {key for key in self.catalog.objects if "manifests/" in key}
        )

    def events(self):
        found = sorted(key for key in self.catalog.objects if key.startswith("events/"))
        return [json.loads(self.catalog.objects[key]) for key in found]

    def notes(self):
        return [told for kind, told in self.progress.told if kind == "note"]


@pytest.fixture
def rig():
    return Rig()


def test_what_the_source_is_seen_to_lack_is_told_and_kept_in_the_manifest(rig):
    rig.source.seen = ["money is written otherwise"]
    assert rig.take().warnings == ("money is written otherwise",)
    assert "money is written otherwise" in rig.notes()


def test_a_backup_is_committed_in_order(rig):
    rig.take()
    made = [call for call in rig.calls.made if call not in {"proof check", "vault write"}]
    assert made == [
        "catalog keys",
        "catalog keys",
        "catalog put runs",
        "vault prepare",
        "catalog keys",
        "source snapshot",
        "vault store",
        "source prove full",
        *["source chunk"] * len(CHUNKS),
        "source end",
        "proof result",
        "vault commit",
        "catalog put runs",
        "source tools",
        "vault tools",
        "vault stored",
        "source let go",
        "catalog put proofs",
        "catalog put manifests",
        "catalog put history",
        "catalog put events",
    ]


def test_the_source_is_asked_for_its_snapshot_when_the_vault_is_ready_and_once(rig):
    held, asked = rig.source.snapshot, []

    def snapshot():
        asked.append(list(rig.calls.made))
        return held()

    rig.source.snapshot = snapshot
    rig.take()
    assert ["vault prepare" in before for before in asked] == [True]


def test_the_manifest_says_what_was_stored_and_where(rig):
    manifest = rig.take()
    assert str(manifest.backup) == "scims-db-20261122T020000Z"
    assert manifest.started < manifest.finished
    assert rig.vault.stored[manifest.archive.ref] == (manifest.backup, b"".join(CHUNKS))
    assert manifest.archive.bytes == len(b"".join(CHUNKS))
    assert manifest.tools == {"pg_dump": "15.19", "memory": "1"}
    assert manifest.server == {"version": "15.19", "database": "scims"}
    assert load_proof(rig.catalog, manifest, ENGINES) == a_proof()
    key = keys.manifest(manifest.backup)
    assert Manifest.from_bytes(rig.catalog.objects[key], key) == manifest


def test_labels_are_in_the_manifest_and_in_the_event():
    rig = Rig(labels={"git_commit": "4b825dc"})
    assert rig.take().labels == {"git_commit": "4b825dc"}
    assert rig.events()[0]["facts"]["labels"] == {"git_commit": "4b825dc"}


def test_a_backup_without_labels_names_none(rig):
    assert rig.take().labels == {}
    assert "labels" not in rig.events()[0]["facts"]


def test_what_stays_wrong_with_the_source_is_in_every_manifest_and_told_once(rig):
    rig.source.seen = ["pg_dump 15.19 is older than the server: install 15.20"]
    manifests = [rig.take() for _ in range(3)]
    assert {manifest.warnings for manifest in manifests} == {tuple(rig.source.seen)}
    told = [(event["severity"], event["facts"]["warnings"]) for event in rig.events()]
    assert told == [("warning", rig.source.seen), ("info", []), ("info", [])]
    assert rig.events()[2]["facts"]["warnings_told_before"] == rig.source.seen
    assert rig.notes() == rig.source.seen * 3


def test_what_is_wrong_otherwise_than_before_is_told_again(rig):
    for version in ("15.20", "15.21", "15.21"):
        rig.source.seen = [f"pg_dump is older than the server, {version}"]
        rig.take()
    assert [event["severity"] for event in rig.events()] == ["warning", "warning", "info"]


def test_what_happened_again_is_told_again():
    rig = Rig(
        Calls(faults={8: SourceChangedError("t was truncated"), 42: SourceChangedError("t was truncated")})
    )
    warnings = [rig.take().warnings for _ in range(2)]
    assert warnings == [("tried again: t was truncated",)] * 2
    assert [event["severity"] for event in rig.events()] == ["warning", "warning"]


def test_a_warning_is_told_where_the_manifest_before_cannot_be_read(rig):
    rig.source.seen = ["old programs"]
    key = keys.manifest(rig.take().backup)
    rig.catalog.objects[key] = b"damaged"
    rig.take()
    assert [event["severity"] for event in rig.events()] == ["warning", "warning"]
    assert "is unknown" in str(rig.notes()[-1])


def test_a_backup_is_told_by_an_event(rig):
    manifest = rig.take(Level.COUNTS)
    (event,) = rig.events()
    assert (event["kind"], event["severity"]) == ("BackupCompleted", "info")
    assert event["backup"] == str(manifest.backup)
    assert event["facts"]["bytes"] == manifest.archive.bytes


def _run(calls):
    Rig(calls).take()


_NOTED = {
    "catalog put history": "the backup is missing in the history of scims-db",
    "catalog put events": "BackupCompleted could not be recorded",
}


@pytest.mark.parametrize(
    ("position", "name"), list(enumerate(every_call(_run))), ids=lambda value: str(value).replace(" ", "-")
)
def test_whatever_fails_leaves_no_manifest_and_is_told(position, name):
    error = ERRORS[name.split()[0]](f"{name} failed", "mend it")
    rig = Rig(Calls(faults={position: error}))
    if name in _NOTED:
        manifest = rig.take()
        assert [keys.manifest(manifest.backup)] == rig.manifests()
        assert _NOTED[name] in rig.notes()[0]
        return
    with pytest.raises(type(error)) as caught:
        rig.take()
    assert caught.value is error
    assert rig.manifests() == []
    (event,) = rig.events()
    assert (event["kind"], event["severity"], event["source"]) == ("BackupFailed", "error", "scims-db")
    assert event["facts"] == {"error": type(error).__name__, "message": f"{name} failed", "cure": "mend it"}
    committed = rig.calls.made.index("vault commit") if "vault commit" in rig.calls.made else position
    assert bool(rig.vault.stored) is (position > committed)


def test_the_next_backup_works_after_any_failure():
    for position, name in enumerate(every_call(_run)):
        error = ERRORS[name.split()[0]]("failed")
        rig = Rig(Calls(faults={position: error}))
        try:
            rig.take()
        except type(error):
            rig.take()
        assert len(rig.manifests()) == 1


def test_a_failure_that_cannot_be_recorded_is_noted_and_does_not_hide_the_failure():
    rig = Rig(
        Calls(
            faults={"vault prepare": VaultGoneError("gone"), "catalog put events": ERRORS["catalog"]("off")}
        )
    )
    with pytest.raises(VaultGoneError):
        rig.take()
    assert "BackupFailed could not be recorded in the catalog: off" in rig.notes()[0]


def test_a_source_that_changed_is_tried_once_more_and_the_manifest_says_so():
    rig = Rig(Calls(faults={8: SourceChangedError("public.items was truncated", "wait")}))
    manifest = rig.take()
    assert manifest.warnings == ("tried again: public.items was truncated",)
    assert rig.notes() == ["public.items was truncated; trying again"]
    assert rig.vault.stored[manifest.archive.ref][1] == b"".join(CHUNKS)
    (event,) = rig.events()
    assert event["severity"] == "warning"


@pytest.mark.parametrize(
    "call", ["source snapshot", "source chunk", "proof check", "proof result", "source end"]
)
def test_a_source_that_changes_twice_fails_by_name(call):
    rig = Rig(Calls(faults={call: SourceChangedError("public.items was truncated")}))
    with pytest.raises(SourceChangedError, match=r"public\.items was truncated"):
        rig.take()
    assert rig.calls.made.count("source snapshot") == 2
    assert (rig.manifests(), rig.vault.stored) == ([], {})


def test_only_a_change_is_tried_again():
    rig = Rig(Calls(faults={"source chunk": SourceAccessError("permission denied")}))
    with pytest.raises(SourceAccessError):
        rig.take()
    assert rig.calls.made.count("source snapshot") == 1


def test_a_clock_that_went_back_is_said_and_the_backup_kept(rig):
    put_backup(rig.catalog, a_manifest("20261122T030000Z"))
    manifest = rig.take()
    (warning,) = manifest.warnings
    assert warning.startswith("the clock went backwards: scims-db-20261122T030000Z was taken earlier")
    assert rig.notes() == [warning]
    assert len(rig.manifests()) == 2


def test_something_else_beside_the_manifests_does_not_disturb(rig):
    for name in ("zz.txt", "20261122T020000Z.json.bak", "a/b.json"):
        rig.catalog.objects[f"manifests/scims-db/{name}"] = b""
    assert rig.take().warnings == ()


def test_two_runs_in_one_second_both_succeed(rig):
    first = rig.take()
    rig.now = NOW
    second = rig.take()
    assert (first.backup.stamp, second.backup.stamp) == ("20261122T020000Z", "20261122T020001Z")
    assert len(rig.manifests()) == len(rig.vault.stored) == 2


def test_a_run_that_failed_keeps_its_stamp_from_being_used_again(rig):
    rig.calls.faults["vault commit"] = VaultGoneError("gone")
    with pytest.raises(VaultGoneError):
        rig.take()
    rig.calls.faults.clear()
    rig.now = NOW
    assert rig.take().backup == BackupId("scims-db", "20261122T020001Z")


@pytest.mark.parametrize("call", ["source chunk", "vault write", "proof result", "vault commit"])
def test_an_interrupted_backup_leaves_none_and_is_told(call):
    rig = Rig(Calls(faults={call: InterruptedOperationError("ended by SIGTERM")}))
    with pytest.raises(InterruptedOperationError):
        rig.take()
    assert (rig.manifests(), rig.vault.stored) == ([], {})
    assert rig.events()[0]["facts"]["error"] == "InterruptedOperationError"


def test_the_unforeseen_is_not_swallowed():
    rig = Rig(Calls(faults={"vault write": ZeroDivisionError()}))
    with pytest.raises(ZeroDivisionError):
        rig.take()
    assert rig.manifests() == []
