"""A drill: which failure condemns a backup, which says nothing about it, and what is kept of both."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scims_backup.domain import keys
from scims_backup.domain.after_restore import AfterRestore, failed_after_restore
from scims_backup.domain.dump_time import Pace
from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    CatalogUnreachableError,
    DocumentError,
    InterruptedOperationError,
    KeyMissingError,
    RestoreFailedError,
    SandboxError,
    SourceUnreachableError,
    TargetError,
    ToolMissingError,
    VaultAccessError,
    VaultUnreachableError,
)
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.room import Medium, Room
from scims_backup.domain.verdict import NotChecked, Report, Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.ports import Checks
from scims_backup.usecases.drills import run_drill
from scims_backup.usecases.drills.run_drill import RunDrill
from scims_backup.usecases.stored.proofs import keep_proof
from tests.fakes import RecordedProgress, a_manifest, put_backup
from tests.faults import Calls, FaultyCatalog, FaultySandboxes, FaultyVault, a_proof, finding, unchecked

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
ARCHIVE = b"PGDMP and rows"
PHASES = ("start", "restore", "prove")


class Rig:
    """One backup, and a drill of it with all ports in memory; its timer ticks by a second."""

    def __init__(self, **faults):
        self.calls = Calls(faults={name.replace("_", " "): fault for name, fault in faults.items()})
        self.catalog, self.vault = FaultyCatalog(self.calls), FaultyVault(self.calls)
        self.sandboxes, self.progress = FaultySandboxes(self.calls), RecordedProgress()
        self._seconds, self._ids = 0, 0
        self.manifest = self._backup()
        self.calls.made.clear()

    def _backup(self):
        manifest = a_manifest()
        ref = "4b" * 32
        self.vault.stored[ref] = (manifest.backup, ARCHIVE)
        digest = hashlib.sha256(ARCHIVE).hexdigest()
        manifest = replace(
            manifest,
            archive=replace(manifest.archive, ref=ref, sha256=digest, bytes=len(ARCHIVE)),
            proof=keep_proof(self.catalog, manifest.backup, a_proof()),
        )
        put_backup(self.catalog, manifest)
        return manifest

    def timer(self):
        self._seconds += 1
        return float(self._seconds)

    def new_id(self):
        self._ids += 1
        return f"id{self._ids}"

    def drill(self, expectations=(), role=None, probe=None, **more):
        ports = self.vault, self.catalog, ENGINES, self.sandboxes
        drill = RunDrill(*ports, lambda: NOW, self.timer, self.new_id, self.progress, probe, **more)
        return drill.run(self.manifest, Questions(expectations, role))

    def event(self):
        (key,) = [key for key in self.catalog.objects if key.startswith("events/")]
        return json.loads(self.catalog.objects[key])


@pytest.fixture
def rig():
    return Rig()


def test_a_backup_that_equals_its_proof_passes(rig):
    drilled = rig.drill()
    assert drilled.drill == "20261123T030000Z"
    assert drilled.report.verdict is Verdict.PASSED
    assert rig.sandboxes.restored == ARCHIVE


class LimitedSandboxes(FaultySandboxes):
    """Sandboxes on a disk of so many bytes."""

    def __init__(self, calls, free):
        super().__init__(calls)
        self.free = free

    def check_room(self, expected):
        if expected > self.free:
            raise SandboxError(f"{expected} bytes do not fit", "more disk")

    def room(self):
        return Room(Medium.DISK, 45, self.free)


def on_a_disk_of(rig, free):
    """Let the source have had 50 bytes, and the drill so many."""
    rig.sandboxes = LimitedSandboxes(rig.calls, free)
    rig.manifest = replace(rig.manifest, pace=Pace(50, 1.0))
    return rig.drill().report


def test_what_does_not_fit_is_inconclusive_before_anything_is_fetched(rig):
    report = on_a_disk_of(rig, free=49)
    assert (report.verdict, report.reason) == (Verdict.INCONCLUSIVE, "50 bytes do not fit (more disk)")
    assert not {"vault read", "sandbox start"} & set(rig.calls.made)
    assert rig.event()["kind"] == "DrillInconclusive"


def test_what_fits_is_drilled_and_the_report_says_what_it_took(rig):
    report = on_a_disk_of(rig, free=60)
    assert (report.verdict, report.room) == (Verdict.PASSED, Room(Medium.DISK, 45, 60))


def test_a_catalog_that_does_not_say_what_a_drill_takes_refuses_none(rig, monkeypatch):
    def unreachable(*_):
        raise CatalogUnreachableError("gone", "wait")

    monkeypatch.setattr(run_drill, "expected_disk", unreachable)
    assert on_a_disk_of(rig, free=60).verdict is Verdict.PASSED


def test_report_verdict_and_event_are_kept(rig):
    drilled = rig.drill()
    backup = rig.manifest.backup
    key = keys.drill_report(backup, drilled.drill)
    assert Report.from_bytes(rig.catalog.objects[key], key) == drilled.report
    assert (
        rig.catalog.objects[keys.drill_verdict(backup, drilled.drill, "passed")] == rig.catalog.objects[key]
    )
    assert keys.drill_request(backup, drilled.drill) in rig.catalog.objects
    event = rig.event()
    assert (event["kind"], event["backup"], event["facts"]["drill"]) == (
        "DrillPassed",
        str(backup),
        drilled.drill,
    )


def test_the_seconds_are_kept_by_phase(rig):
    assert dict(rig.drill().report.seconds) == dict.fromkeys(PHASES, 1.0)


def test_the_watcher_is_told_each_phase_and_the_removal(rig):
    rig.drill()
    told = [what[0] for kind, what in rig.progress.told if kind == "phase"]
    assert told == [*PHASES, "remove"]


def test_differences_fail_by_name(rig):
    rig.sandboxes.found = a_proof(rows=2)
    report = rig.drill().report
    assert report.verdict is Verdict.FAILED
    assert [(found.kind, found.object) for found in report.findings] == [
        ("rows-differ", "table public.items")
    ]
    assert rig.event()["kind"] == "DrillFailed"


def test_what_further_checks_find_fails_too_and_what_they_left_out_is_said(rig):
    rig.sandboxes.checks = Checks([finding()], [unchecked()])
    report = rig.drill().report
    assert report.verdict is Verdict.FAILED
    assert report.findings == (finding(),)
    assert unchecked() in report.not_checked


def test_a_failed_after_restore_fails_beside_what_differs_and_the_report_says_which_it_was(rig):
    rig.sandboxes.findings = (failed_after_restore("line 1: syntax error"),)
    script = AfterRestore("SELEC 1")
    report = rig.drill(after_restore=script).report
    assert [one.kind for one in report.findings] == ["after-restore-failed"]
    assert report.after_restore == script.sha256


def test_expectations_and_role_reach_the_checks(rig):
    expectation = Expectation("stock", "SELECT 1", ">= 1")
    rig.drill([expectation], "app")
    assert rig.sandboxes.asked == (a_proof(), Questions([expectation], "app"))


def test_a_report_says_whether_a_role_was_looked_at(rig):
    assert rig.drill(role="app").report.compared["roles"] == 1
    assert "roles" not in rig.drill().report.compared


class PlayedProbe:
    """A probe that comes to an outcome, or raises it."""

    def __init__(self, outcome):
        self.outcome, self.url = outcome, None

    def run(self, url):
        self.url = url
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


def test_a_probe_looks_last_and_as_the_application_s_role(rig):
    probe = PlayedProbe(ProbeOutcome(0))
    report = rig.drill(role="app", probe=probe).report
    assert (report.verdict, report.compared["probes"]) == (Verdict.PASSED, 1)
    assert probe.url == "postgresql://app@/scims"
    of_database = [call for call in rig.calls.made if call.startswith("database")]
    assert of_database[-2:] == ["database check", "database probe"]


def test_a_drill_without_a_probe_does_not_speak_of_one(rig):
    assert "probes" not in rig.drill().report.compared


def test_what_a_probe_objects_to_fails_by_name(rig):
    report = rig.drill(probe=PlayedProbe(ProbeOutcome(3, "no users"))).report
    assert report.verdict is Verdict.FAILED
    assert [(found.kind, found.found) for found in report.findings] == [
        ("probe-failed", "exit code 3: no users")
    ]
    assert report.compared["probes"] == 1


UNABLE = [SandboxError("could not be run", "install it"), SourceUnreachableError("the server died")]


@pytest.mark.parametrize("error", UNABLE)
def test_a_probe_that_could_not_look_is_inconclusive(rig, error):
    rig.sandboxes.checks = Checks((), [unchecked()])
    report = rig.drill(probe=PlayedProbe(error)).report
    assert (report.verdict, report.reason) == (Verdict.INCONCLUSIVE, str(error))
    assert report.not_checked == (unchecked(),)
    assert "probes" not in report.compared


@pytest.mark.parametrize("error", UNABLE)
def test_a_probe_that_could_not_look_does_not_take_back_what_was_found(rig, error):
    rig.sandboxes.found = a_proof(rows=2)
    report = rig.drill(probe=PlayedProbe(error)).report
    assert [found.kind for found in report.findings] == ["rows-differ"]
    assert report.verdict is Verdict.FAILED
    assert NotChecked("probe", str(error)) in report.not_checked


@pytest.mark.parametrize(
    ("call", "error", "kind"),
    [
        ("vault read", ArchiveMissingError("no such archive"), "archive-missing"),
        ("vault chunk", ArchiveDamagedError("a flipped byte"), "archive-damaged"),
        ("vault has read", ArchiveDamagedError("cut short"), "archive-damaged"),
        ("building finish", RestoreFailedError("relation exists", "mend it"), "restore-failed"),
        ("building write", RestoreFailedError("relation exists", "mend it"), "restore-failed"),
    ],
)
def test_an_archive_that_cannot_restore_fails(call, error, kind):
    rig = Rig()
    rig.calls.faults[call] = error
    report = rig.drill().report
    assert report.verdict is Verdict.FAILED
    (found,) = report.findings
    assert (found.kind, found.object) == (kind, f"archive {rig.manifest.backup}")
    assert str(error) in found.found
    assert rig.calls.made.count("sandbox gone") == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("sandbox open", SandboxError("no space", "make room")),
        ("sandbox open", ToolMissingError("no initdb")),
        ("vault read", VaultUnreachableError("does not answer")),
        ("vault chunk", VaultAccessError("wrong password")),
        ("target build", TargetError("no such locale")),
        ("sandbox start", SandboxError("locale missing")),
        ("building write", SandboxError("extension missing")),
        ("building finish", TargetError("no room")),
        ("database prove full", SourceUnreachableError("the sandbox's server died")),
        ("database check", SourceUnreachableError("the sandbox's server died")),
    ],
)
def test_a_fault_of_the_surroundings_is_inconclusive_and_says_why(call, error):
    rig = Rig()
    rig.calls.faults[call] = error
    drilled = rig.drill()
    assert drilled.report.verdict is Verdict.INCONCLUSIVE
    assert drilled.report.reason == str(error)
    assert not drilled.report.findings
    assert keys.drill_verdict(rig.manifest.backup, drilled.drill, "inconclusive") in rig.catalog.objects
    assert rig.event()["kind"] == "DrillInconclusive"
    assert call == "sandbox open" or "sandbox gone" in rig.calls.made


def test_the_phase_that_failed_has_its_seconds_too():
    rig = Rig()
    rig.calls.faults["sandbox start"] = SandboxError("no locale")
    assert set(rig.drill().report.seconds) == {"start"}


def damage(rig):
    rig.vault.stored[rig.manifest.archive.ref] = (rig.manifest.backup, ARCHIVE[:-1] + b"S")


def test_other_bytes_than_were_dumped_fail_though_they_restore(rig):
    damage(rig)
    report = rig.drill().report
    assert [found.kind for found in report.findings] == ["archive-damaged"]
    assert "database prove full" not in rig.calls.made


@pytest.mark.parametrize(
    "refusal", [RestoreFailedError("no magic string"), TargetError("out of memory"), SandboxError("no room")]
)
def test_damaged_bytes_are_told_as_that_whatever_the_restore_made_of_them(rig, refusal):
    damage(rig)
    rig.calls.faults["building write"] = refusal
    report = rig.drill().report
    assert [found.kind for found in report.findings] == ["archive-damaged"]
    assert any("reading the archive to its end" in str(told) for kind, told in rig.progress.told)


def test_a_server_that_died_explains_whatever_failed_after_it(rig):
    rig.calls.faults["building finish"] = RestoreFailedError("relation items does not exist")
    rig.sandboxes.death = SandboxError("the sandbox's server died", "make room")
    report = rig.drill().report
    assert (report.verdict, report.reason) == (Verdict.INCONCLUSIVE, "the sandbox's server died (make room)")


def test_the_vault_begins_to_deliver_before_the_server_starts(rig):
    rig.drill()
    made = [call for call in rig.calls.made if call.split()[0] in {"vault", "sandbox", "target", "building"}]
    assert made == [
        "sandbox open",
        "vault read",
        "sandbox start",
        "target build",
        "vault chunk",
        "building write",
        "vault has read",
        "building finish",
        "target database",
        "sandbox gone",
    ]


@pytest.mark.parametrize("cut", [0, 1, len(ARCHIVE) - 1])
def test_an_archive_cut_short_fails(rig, cut):
    rig.vault.stored[rig.manifest.archive.ref] = (rig.manifest.backup, ARCHIVE[:cut])
    assert rig.drill().report.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("call", "error", "verdict"),
    [
        (None, None, Verdict.PASSED),
        ("building finish", RestoreFailedError("x"), Verdict.FAILED),
        ("sandbox start", SandboxError("the cause"), Verdict.INCONCLUSIVE),
    ],
)
def test_a_sandbox_that_stays_behind_is_noted_and_does_not_change_the_verdict(call, error, verdict):
    rig = Rig()
    rig.calls.faults["sandbox gone"] = SandboxError("its directory is busy")
    if call:
        rig.calls.faults[call] = error
    report = rig.drill().report
    assert report.verdict is verdict
    assert verdict is not Verdict.INCONCLUSIVE or report.reason == "the cause"
    assert ("note", "its directory is busy") in rig.progress.told
    assert report.sandbox_removed is False


def test_a_drill_says_that_its_sandbox_is_gone_once_it_is(rig):
    drilled = rig.drill()
    assert drilled.report.sandbox_removed is True
    key = keys.drill_report(rig.manifest.backup, drilled.drill)
    assert json.loads(rig.catalog.objects[key])["sandbox_removed"] is True


def test_a_drill_that_had_no_sandbox_does_not_speak_of_it():
    rig = Rig()
    rig.calls.faults["sandbox open"] = SandboxError("no space")
    assert rig.drill().report.sandbox_removed is None


def test_a_proof_that_is_damaged_stops_the_drill_before_it_begins(rig):
    rig.catalog.objects[rig.manifest.proof.key] += b"x"
    with pytest.raises(DocumentError, match=r"is damaged: its SHA-256 is not the manifest's"):
        rig.drill()
    assert not [key for key in rig.catalog.objects if key.startswith("drills/")]


def test_a_proof_that_is_missing_stops_the_drill_by_name(rig):
    del rig.catalog.objects[rig.manifest.proof.key]
    with pytest.raises(KeyMissingError, match=rig.manifest.proof.key):
        rig.drill()


def test_an_interrupted_drill_has_no_verdict_and_its_sandbox_is_gone():
    rig = Rig()
    rig.calls.faults["building write"] = InterruptedOperationError("ended by SIGTERM")
    with pytest.raises(InterruptedOperationError):
        rig.drill()
    assert "sandbox gone" in rig.calls.made
    assert not [key for key in rig.catalog.objects if "verdict" in key or "report" in key]


def test_a_report_that_cannot_be_kept_is_an_error():
    rig = Rig()
    rig.calls.faults["catalog put drills"] = CatalogUnreachableError("off")
    with pytest.raises(CatalogUnreachableError):
        rig.drill()


def test_two_drills_in_one_second_have_names_of_their_own(rig):
    assert [rig.drill().drill, rig.drill().drill] == ["20261123T030000Z", "20261123T030001Z"]


def test_what_was_not_proven_in_the_source_is_said(rig):
    proof = replace(a_proof(), unjudged={"table public.far": "is a foreign table"})
    rig.manifest = replace(rig.manifest, proof=_kept(rig, proof))
    rig.sandboxes.found = proof
    assert NotChecked("table public.far", "is a foreign table") in rig.drill().report.not_checked


def _kept(rig, proof):
    del rig.catalog.objects[keys.proof(rig.manifest.backup)]
    return keep_proof(rig.catalog, rig.manifest.backup, proof)
