"""A restore: what happens in which order, what is never done, and that any fault leaves the live database."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    CatalogUnreachableError,
    InterruptedOperationError,
    NothingToWorkOnError,
    RestoreFailedError,
    SandboxError,
    ScimsBackupError,
    SourceUnreachableError,
    SwapRefusedError,
    TargetError,
    UsageError,
    VaultUnreachableError,
)
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.ports import Checks, LiveDatabase
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.restores.restore_backup import RestoreBackup, RestoreRequest
from scims_backup.usecases.restores.undo_restore import UndoRestore
from scims_backup.usecases.stored.proofs import keep_proof
from tests.fake_target import AT_WORK, LIVE, FakeTarget
from tests.fakes import RecordedProgress, a_manifest, put_backup, put_drill
from tests.faults import Calls, FaultyCatalog, FaultyVault, a_proof, finding, unchecked

NOW = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
ARCHIVE = b"PGDMP and rows"
NAME = "live_restored_20261122t020000z"
ASIDE = "live_before_20261124t031500z"
SWAP = RestoreRequest(swap=True)


class Rig:
    """One backup, and restores of it with all ports in memory; the timer ticks by a second."""

    def __init__(self, **target):
        self.calls = Calls()
        self.catalog, self.vault = FaultyCatalog(self.calls), FaultyVault(self.calls)
        self.target, self.progress = FakeTarget(self.calls, **target), RecordedProgress()
        self._seconds, self._ids = 0, 0
        manifest = a_manifest()
        self.vault.stored["4b" * 32] = (manifest.backup, ARCHIVE)
        archive = replace(
            manifest.archive,
            ref="4b" * 32,
            sha256=hashlib.sha256(ARCHIVE).hexdigest(),
            bytes=len(ARCHIVE),
        )
        proof = keep_proof(self.catalog, manifest.backup, a_proof())
        self.manifest = replace(manifest, archive=archive, proof=proof)
        put_backup(self.catalog, self.manifest)
        self.log = EventLog("scims-db", self.catalog, lambda: NOW, self.new_id, self.progress)
        self.calls.made.clear()

    def timer(self):
        self._seconds += 1
        return float(self._seconds)

    def new_id(self):
        self._ids += 1
        return f"id{self._ids}"

    def restoring(self):
        return RestoreBackup(
            self.vault,
            self.catalog,
            ENGINES,
            self.target,
            self.log,
            lambda: NOW,
            self.timer,
            self.new_id,
            self.progress,
        )

    def run(self, request=SWAP):
        return self.restoring().run(self.manifest, request)

    def undo(self):
        return UndoRestore(self.target, self.log, lambda: NOW).run()

    def events(self):
        found = [json.loads(data) for key, data in self.catalog.objects.items() if key.startswith("events/")]
        return [(one["kind"], one["severity"], one["facts"]) for one in found]

    def holds(self):
        return [key for key in self.catalog.objects if key.startswith("holds/")]

    def notes(self):
        return [told for kind, told in self.progress.told if kind == "note"]


def test_a_restore_without_swap_leaves_the_live_database_and_a_proven_one_beside():
    rig = Rig()
    restored = rig.run(RestoreRequest())
    assert rig.target.databases == {LIVE: b"live", NAME: ARCHIVE}
    assert (restored.database, restored.swapped, restored.aside) == (NAME, False, None)
    assert (restored.report.verdict, restored.report.ended) == (Verdict.PASSED, NOW)
    assert list(restored.report.seconds) == ["restore", "prove"]
    assert "target swap" not in rig.calls.made
    ((kind, severity, facts),) = rig.events()
    assert (kind, severity, facts["database"], facts["swapped"]) == ("RestoreCompleted", "info", NAME, False)


def test_everything_happens_in_its_order():
    rig = Rig()
    rig.run()
    assert rig.calls.made == [
        "catalog keys",  # is it held so already?
        "catalog put holds",
        "catalog get manifests",
        "catalog keys",  # is it being removed?
        "catalog get proofs",
        "target has",
        "vault read",
        "target build",
        "vault chunk",
        "building write",
        "vault has read",
        "building finish",
        "building keep",
        "target built",
        f"target database {NAME}",
        "database prove full",
        "database check",
        "target swap",
        "catalog put history",
        "catalog put events",
    ]
    phases = [told for kind, told in rig.progress.told if kind == "phase"]
    assert phases == [("restore", len(ARCHIVE), 3), ("prove", 0, a_proof().measure().proven), ("swap", 0, 0)]


def test_what_is_proven_takes_the_live_one_s_place_which_is_put_aside():
    rig = Rig()
    restored = rig.run()
    assert rig.target.databases == {LIVE: ARCHIVE, ASIDE: b"live"}
    assert (restored.database, restored.aside, restored.away_seconds) == (LIVE, ASIDE, 0.012)
    ((kind, severity, facts),) = rig.events()
    assert (kind, severity) == ("RestoreCompleted", "warning")
    assert (facts["database"], facts["swapped"], facts["aside"]) == (LIVE, True, ASIDE)


def test_a_swap_where_no_live_database_is_puts_nothing_aside():
    rig = Rig(databases={})
    assert rig.run().aside is None
    assert rig.target.databases == {LIVE: ARCHIVE}


def test_the_backup_is_held_from_before_its_proof_is_read_and_given_back(monkeypatch):
    rig = Rig()
    held = []
    monkeypatch.setattr(rig.vault, "read", _noting(rig.vault.read, lambda: held.extend(rig.holds())))
    rig.run()
    assert held == ["holds/scims-db/20261122T020000Z/restore-id1-until-20261126T031500Z.json"]
    assert rig.holds() == []


def _noting(function, note):
    def call(*arguments):
        note()
        return function(*arguments)

    return call


def test_a_hold_that_cannot_be_given_back_is_noted_and_the_restore_is_done(monkeypatch):
    rig = Rig()

    def refuse(_key):
        raise CatalogUnreachableError("the catalog does not answer")

    monkeypatch.setattr(rig.catalog, "delete", refuse)
    assert rig.run().swapped
    assert any("stays held by restore-id1" in note for note in rig.notes())


def test_a_backup_that_is_gone_or_going_is_not_restored():
    rig = Rig()
    rig.catalog.objects[keys.tombstone(rig.manifest.backup)] = b"{}"
    with pytest.raises(NothingToWorkOnError, match="is being removed"):
        rig.run()
    del rig.catalog.objects[keys.manifest(rig.manifest.backup)]
    with pytest.raises(NothingToWorkOnError, match="there is no backup"):
        rig.run()
    assert (rig.holds(), rig.target.databases) == ([], {LIVE: b"live"})


@pytest.mark.parametrize("found", [{"found": a_proof(rows=2)}, {"checks": Checks((finding(),), ())}])
def test_what_is_not_proven_is_never_swapped(found):
    rig = Rig(**found)
    restored = rig.run()
    assert (restored.report.verdict, restored.swapped) == (Verdict.FAILED, False)
    assert rig.target.databases == {LIVE: b"live", NAME: ARCHIVE}
    assert "target swap" not in rig.calls.made
    ((kind, severity, facts),) = rig.events()
    assert (kind, severity, facts["findings_in_all"]) == ("RestoreFailed", "error", 1)


def test_a_difference_of_the_server_s_roles_alone_does_not_stop_a_swap():
    changed = Finding("role-changed", "role app", "login: yes", "login: no")
    rig = Rig(checks=Checks((changed,), (unchecked(),)))
    restored = rig.run()
    assert restored.swapped
    assert [one.object for one in restored.report.not_checked] == ["role app", "table far.away"]


def test_expectations_and_the_application_s_role_are_passed_on():
    rig = Rig()
    expectation = Expectation("one", "SELECT 1", "= 1")
    restored = rig.run(RestoreRequest(questions=Questions([expectation], "app")))
    assert rig.target.asked == (a_proof(), Questions([expectation], "app"))
    assert restored.report.compared["expectations"] == 1


def test_other_bytes_than_were_dumped_are_dropped_and_called_damaged():
    rig = Rig()
    rig.vault.stored["4b" * 32] = (rig.manifest.backup, b"PGDMP and r0ws")
    with pytest.raises(ArchiveDamagedError, match="is damaged"):
        rig.run()
    assert "building finish" not in rig.calls.made
    assert rig.target.databases == {LIVE: b"live"}
    ((kind, _, facts),) = rig.events()
    assert (kind, facts["error"]) == ("RestoreFailed", "ArchiveDamagedError")


@pytest.mark.parametrize(
    ("archive", "error"), [(ARCHIVE, RestoreFailedError), (b"PGDMP and r0ws", ArchiveDamagedError)]
)
def test_an_archive_that_is_refused_is_read_to_its_end_since_it_may_be_damaged(archive, error):
    rig = Rig()
    rig.vault.stored["4b" * 32] = (rig.manifest.backup, archive)
    rig.calls.faults["building write"] = RestoreFailedError("a syntax error", "correct that object")
    with pytest.raises(error) as failure:
        rig.run()
    assert type(failure.value) is error
    assert "vault has read" in rig.calls.made
    assert rig.target.databases == {LIVE: b"live"}


def test_a_database_that_is_there_already_is_proven_again_and_swapped():
    rig = Rig()
    rig.run(RestoreRequest())
    rig.calls.made.clear()
    assert rig.run().swapped
    assert not [call for call in rig.calls.made if call.startswith(("vault", "building"))]
    assert f"{NAME} already exists: it is proven again, not restored again" in rig.notes()
    assert rig.target.databases == {LIVE: ARCHIVE, ASIDE: b"live"}


@pytest.mark.parametrize(
    ("verdict", "suffices", "words"),
    [
        (None, None, "no drill has proven it yet"),
        (Verdict.PASSED, True, "its drill passed"),
        (Verdict.INCONCLUSIVE, None, "its drill was inconclusive, so it is not proven: no space"),
        (
            Verdict.FAILED,
            False,
            "its drill FAILED: 1 difference (table public.item_stocks: rows-differ)",
        ),
    ],
)
def test_a_survey_and_what_is_said_before_a_swap_tell_the_backup_s_age_and_verdict(verdict, suffices, words):
    rig = Rig()
    if verdict is not None:
        put_drill(rig.catalog, rig.manifest.backup, "drill", verdict)
    line = rig.restoring().survey(rig.manifest, RestoreRequest())[0]
    assert (line.what, line.suffices) == (f"backup {rig.manifest.backup}", suffices)
    assert line.found == f"49 h old; {words}"
    known = rig.restoring().before_swap(rig.manifest)
    assert known.backup == f"{rig.manifest.backup}, {line.found}"
    assert (known.server, known.live, known.since) == ("live on db.example", LIVE, rig.manifest.started)
    assert known.seen == LiveDatabase(32_000_000, 3)


def test_a_report_that_cannot_be_read_does_not_hide_that_the_drill_failed():
    rig = Rig()
    put_drill(rig.catalog, rig.manifest.backup, "drill", Verdict.FAILED)
    rig.catalog.objects[keys.drill_report(rig.manifest.backup, "drill")] = b"{"
    line = rig.restoring().survey(rig.manifest, RestoreRequest())[0]
    assert (line.suffices, line.found) == (False, "49 h old; its drill FAILED")


def test_a_name_that_was_asked_for_is_given():
    rig = Rig()
    assert rig.run(RestoreRequest("another")).database == "another"
    assert rig.target.databases == {LIVE: b"live", "another": ARCHIVE}


@pytest.mark.parametrize(
    ("into", "words"),
    [
        (LIVE, "is the live database's name"),
        ("", "1 to 63 bytes"),
        ("ü" * 32, "1 to 63 bytes"),
        ("live_restoring_0123abcd", "reserved for databases"),
        ("live_before_20261124t031500z", "reserved for databases"),
    ],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_done(into, words):
    rig = Rig()
    for asked in (rig.run, lambda request: rig.restoring().survey(rig.manifest, request)):
        with pytest.raises(UsageError, match=words):
            asked(RestoreRequest(into))
    assert (rig.calls.made, rig.events()) == ([], [])


def test_a_survey_asks_the_target_and_changes_nothing():
    rig = Rig()
    before = dict(rig.catalog.objects)
    assert [one.what for one in rig.restoring().survey(rig.manifest, RestoreRequest())] == [
        f"backup {rig.manifest.backup}",
        "version",
        "space",
    ]
    assert rig.target.asked == (a_proof(), len(ARCHIVE), NAME)
    assert rig.calls.made == ["catalog get proofs", "catalog keys", "target survey"]
    assert rig.catalog.objects == before


def test_roles_that_were_created_are_told_at_once_and_at_the_end():
    rig = Rig(roles=("app", "owner"))
    rig.calls.faults["building write"] = TargetError("out of disk")
    with pytest.raises(TargetError):
        rig.run()
    assert "roles were created without passwords: app, owner" in rig.notes()
    rig.calls.faults.clear()
    assert rig.run().roles_created == ("app", "owner")


def test_a_swap_that_is_refused_says_that_the_restore_is_there():
    rig = Rig()
    rig.calls.faults["target swap"] = SwapRefusedError("renaming live: somebody is there", "end them")
    with pytest.raises(
        SwapRefusedError, match=f"^{NAME} is restored and proven, but was not swapped in: "
    ) as told:
        rig.run()
    assert told.value.cure == "end them"
    assert rig.target.databases == {LIVE: b"live", NAME: ARCHIVE}
    ((kind, _, facts),) = rig.events()
    assert (kind, facts["error"], facts["cure"]) == ("RestoreFailed", "SwapRefusedError", "end them")


def _faults_of(call):
    kinds = {
        "catalog": CatalogUnreachableError,
        "vault": VaultUnreachableError,
        "database": SourceUnreachableError,
    }
    kind = SwapRefusedError if call == "target swap" else kinds.get(call.split()[0], TargetError)
    return [kind("broken"), InterruptedOperationError("stopped by SIGTERM")]


def _calls_of_a_whole_run():
    rig = Rig()
    rig.run()
    return list(enumerate(rig.calls.made))


_NOTED = {
    "catalog put history": "the restore is missing in the history of scims-db",
    "catalog put events": "could not be recorded",
}


@pytest.mark.parametrize(("number", "call"), _calls_of_a_whole_run())
def test_a_fault_at_any_call_leaves_the_live_database_and_the_next_call_works(number, call):
    for fault in _faults_of(call):
        rig = Rig()
        rig.calls.faults[number] = fault
        swapped = call in _NOTED
        if swapped and isinstance(fault, ScimsBackupError):
            assert rig.run().swapped
            assert any(_NOTED[call] in note for note in rig.notes())
        else:
            with pytest.raises(type(fault)):
                rig.run()
            assert swapped or [kind for kind, *_ in rig.events()] == ["RestoreFailed"]
        assert AT_WORK not in rig.target.databases
        assert rig.holds() == []
        if swapped:
            assert rig.target.databases == {LIVE: ARCHIVE, ASIDE: b"live"}
            continue
        assert rig.target.databases[LIVE] == b"live"
        assert rig.target.databases.keys() <= {LIVE, NAME}
        rig.run()
        assert rig.target.databases == {LIVE: ARCHIVE, ASIDE: b"live"}


def test_an_archive_that_is_not_there_is_told_by_name():
    rig = Rig()
    rig.vault.stored.clear()
    with pytest.raises(ArchiveMissingError):
        rig.run()
    assert rig.target.databases == {LIVE: b"live"}


def test_undo_brings_the_last_one_back_and_tells_of_it():
    rig = Rig()
    rig.run()
    undone = rig.undo()
    assert rig.target.databases == {LIVE: b"live", "live_undone_20261124t031500z": ARCHIVE}
    assert (undone.live, undone.aside) == (ASIDE, "live_undone_20261124t031500z")
    kind, severity, facts = rig.events()[-1]
    assert (kind, severity, facts["undone"]) == ("RestoreCompleted", "warning", True)


def test_undo_without_a_swap_has_nothing_to_work_on():
    rig = Rig()
    with pytest.raises(NothingToWorkOnError):
        rig.undo()
    assert (rig.target.databases, rig.events()) == ({LIVE: b"live"}, [])


class _Probe:
    def __init__(self, outcome):
        self._outcome = outcome

    def run(self, _url):
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


def _probed(rig, outcome):
    return replace(rig.restoring(), probe=_Probe(outcome)).run(rig.manifest, SWAP)


def test_what_the_applications_probe_objects_to_is_not_swapped():
    rig = Rig()
    restored = _probed(rig, ProbeOutcome(3, "no users"))
    assert (restored.swapped, restored.report.verdict) == (False, Verdict.FAILED)
    assert [one.kind for one in restored.report.findings] == ["probe-failed"]


def test_a_probe_that_could_not_look_stops_the_swap_though_only_roles_differ():
    changed = Finding("role-changed", "role app", "login: yes", "login: no")
    rig = Rig(checks=Checks((changed,), ()))
    restored = _probed(rig, SandboxError("the probe cannot be run"))
    assert (restored.swapped, restored.report.verdict) == (False, Verdict.INCONCLUSIVE)


def test_a_probe_that_is_content_lets_the_swap_happen():
    rig = Rig()
    restored = _probed(rig, ProbeOutcome(0, ""))
    assert (restored.swapped, restored.report.compared["probes"]) == (True, 1)


def test_a_probe_looks_at_a_copy_which_is_gone_before_the_swap():
    rig = Rig()
    _probed(rig, ProbeOutcome(0, ""))
    made = rig.calls.made
    at = made.index("target copy")
    assert made[at : at + 4] == ["target copy", "database probe", "target copy dropped", "target swap"]
    assert made.count("database prove full") == 1


NO_COPY = TargetError("somebody is connected to it")


def test_where_no_copy_can_be_made_the_probe_looks_at_the_database_which_is_proven_again():
    rig = Rig()
    rig.calls.faults["target copy"] = NO_COPY
    restored = _probed(rig, ProbeOutcome(0, ""))
    assert (restored.swapped, restored.report.compared["probes"]) == (True, 1)
    made = rig.calls.made
    assert made.index("database probe") < len(made) - 1 - made[::-1].index("database prove full")
    assert any("no copy for the probe (somebody is connected to it)" in note for note in rig.notes())


@pytest.mark.parametrize("outcome", [ProbeOutcome(0, ""), SandboxError("the probe cannot be run")])
def test_what_a_probe_wrote_into_the_database_itself_is_found_and_not_swapped(outcome):
    rig = Rig()
    rig.calls.faults["target copy"] = NO_COPY

    class Writing(_Probe):
        def run(self, url):
            rig.target.found = a_proof(rows=4)
            return super().run(url)

    restored = replace(rig.restoring(), probe=Writing(outcome)).run(rig.manifest, SWAP)
    assert (restored.swapped, restored.report.verdict) == (False, Verdict.FAILED)
    assert [one.kind for one in restored.report.findings] == ["rows-differ"]
    (told,) = [one.reason for one in restored.report.not_checked if "--probe ''" in one.reason]
    assert "the probe ran on live_restored_20261122t020000z itself: somebody is connected to it" in told


def test_a_database_that_was_changed_between_restore_and_swap_says_so_and_the_cure():
    rig = Rig()
    rig.run(RestoreRequest())
    rig.target.found = a_proof(rows=2)
    restored = rig.run()
    assert (restored.was_there, restored.swapped) == (True, False)
    assert f"{NAME} already existed, and was either changed since" in restored.cure
    assert f"DROP DATABASE {NAME}" in restored.cure
    assert "--into" in restored.cure
    assert rig.events()[-1][2]["cure"] == restored.cure
    assert "changed" not in Rig(found=a_proof(rows=2)).run().cure
    rig.target.found = a_proof()
    assert "changed" not in _probed(rig, ProbeOutcome(3, "no users")).cure
