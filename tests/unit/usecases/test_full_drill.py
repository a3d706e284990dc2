"""The drill by hand: signed off if it could look, and in the catalog as any drill."""

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import TargetError
from scims_backup.domain.questions import Questions
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.verdict import Finding, Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.ports import Checks
from scims_backup.usecases.drills.full_drill import FullDrill
from scims_backup.usecases.drills.run_drill import RunDrill
from scims_backup.usecases.drills.target_sandboxes import TargetSandboxes
from tests.fake_target import LIVE
from tests.unit.usecases.test_restore_backup import ARCHIVE, NOW, Rig

TARGET = "scims at db.example.org:5432"


@pytest.fixture(autouse=True)
def _temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def _run(rig):
    drilling = RunDrill(
        vault=rig.vault,
        catalog=rig.catalog,
        engines=ENGINES,
        sandboxes=TargetSandboxes(rig.target),
        clock=lambda: NOW,
        timer=rig.timer,
        new_id=rig.new_id,
        progress=rig.progress,
    )
    return FullDrill(drilling, rig.catalog, TARGET, lambda: NOW, rig.progress).run(
        rig.manifest, Questions(), "ada"
    )


def test_what_passed_is_signed_off_and_leaves_the_live_database_alone():
    rig = Rig(roles=("app",))
    drilled, signed = _run(rig)
    assert (drilled.report.verdict, drilled.report.sandbox_removed) == (Verdict.PASSED, True)
    assert rig.target.databases == {LIVE: b"live"}
    key = keys.drill_signed_off(rig.manifest.backup, drilled.drill)
    assert SignOff.from_bytes(rig.catalog.objects[key], key) == signed == SignOff("ada", NOW, TARGET)
    assert [kind for kind, _, _ in rig.events()] == ["DrillPassed"]
    assert "roles were created without passwords: app" in rig.notes()


def test_the_whole_archive_is_restored():
    rig = Rig()
    _run(rig)
    assert rig.target.built == ARCHIVE


def test_what_failed_is_signed_off_too():
    rig = Rig(checks=Checks((Finding("index-damaged", "index a", "intact", "not"),), ()))
    drilled, signed = _run(rig)
    assert drilled.report.verdict is Verdict.FAILED
    assert signed is not None


def test_roles_are_told_and_not_judged():
    rig = Rig(checks=Checks((Finding("role-changed", "role app", "login: yes", "login: no"),), ()))
    drilled, _ = _run(rig)
    assert drilled.report.verdict is Verdict.PASSED
    assert [one.object for one in drilled.report.not_checked] == ["role app"]


@pytest.mark.parametrize("call", ["target build", "building write", "building finish"])
def test_a_server_that_does_not_take_it_is_inconclusive_and_nothing_to_answer_for(call):
    rig = Rig()
    rig.calls.faults[call] = TargetError("it has no room")
    drilled, signed = _run(rig)
    assert (drilled.report.verdict, signed) == (Verdict.INCONCLUSIVE, None)
    assert "it has no room" in drilled.report.reason
    assert not any(keys.is_signed_off(key) for key in rig.catalog.objects)
    assert rig.target.databases == {LIVE: b"live"}
