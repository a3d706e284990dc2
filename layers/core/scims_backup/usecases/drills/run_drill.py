"""A drill: restore one backup into a sandbox, prove it again, compare, tear down, report."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    CatalogError,
    RestoreFailedError,
    SandboxError,
    ScimsBackupError,
    SourceError,
    TargetError,
    ToolMissingError,
    VaultError,
)
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import DrilledBytes, Finding, Report, Verdict
from scims_backup.ports import (
    Catalog,
    ChecksRoom,
    Engines,
    MeasuresRoom,
    Probe,
    Progress,
    Proof,
    Sandbox,
    Sandboxes,
    Vault,
)
from scims_backup.usecases.backups.free_stamp import reserve_stamp
from scims_backup.usecases.drills.conclude import conclude
from scims_backup.usecases.drills.expected_room import expected_disk
from scims_backup.usecases.drills.phases import Phases
from scims_backup.usecases.drills.prove_and_judge import ProveAndJudge
from scims_backup.usecases.restores.rebuild import rebuilt
from scims_backup.usecases.stored.archives import opened
from scims_backup.usecases.stored.holds import held
from scims_backup.usecases.stored.proofs import load_proof

LONGEST_DRILL = timedelta(hours=24)
"""A drill that was killed holds its backup for so long."""

_CONDEMNING = (ArchiveDamagedError, ArchiveMissingError, RestoreFailedError)
_INCONCLUSIVE = (SandboxError, TargetError, VaultError, SourceError, ToolMissingError)
"""Faults of the drill's own surroundings; SourceError is what proving meets when the sandbox breaks."""


@dataclass(frozen=True)
class Drilled:
    """The drill's name, and what it found."""

    drill: str
    report: Report


@dataclass(frozen=True)
class _Asked:
    manifest: Manifest
    questions: Questions


@dataclass(frozen=True)
class RunDrill:
    """Drills the backups of one source.

    timer: monotonic seconds.
    probe: the application's own check.
    after_restore: what the sandboxes' targets run.
    """

    vault: Vault
    catalog: Catalog
    engines: Engines
    sandboxes: Sandboxes[Any]
    clock: Callable[[], datetime]
    timer: Callable[[], float]
    new_id: Callable[[], str]
    progress: Progress
    probe: Probe | None = None
    after_restore: AfterRestore = field(default_factory=AfterRestore)

    def run(self, manifest: Manifest, questions: Questions) -> Drilled:
        """Drill one backup, held meanwhile; report, verdict and event are kept in the catalog.

        Raise NothingToWorkOnError if the backup is being removed, DocumentError if the proof cannot be
        read, CatalogError if the report cannot be kept.
        """
        asked = _Asked(manifest, questions)
        with self._held(manifest.backup):
            proof = self._proof(manifest)
            drill = self._reserve(manifest.backup)
            report = self._report_of(asked, proof)
            self.catalog.put_new(keys.drill_report(manifest.backup, drill), report.to_bytes())
            conclude(self.catalog, manifest.backup, drill, report, self.progress)
        return Drilled(drill, report)

    def report(self, manifest: Manifest, questions: Questions, drill: str) -> Report:
        """Drill one backup, held meanwhile, on behalf of an orchestrator, and keep the report alone.

        The orchestrator puts the verdict. Raise KeyTakenError if the drill has a report already, e.g. since
        it was given up; else as `run`.
        """
        with self._held(manifest.backup):
            report = self._report_of(_Asked(manifest, questions), self._proof(manifest))
            self.catalog.put_new(keys.drill_report(manifest.backup, drill), report.to_bytes())
        return report

    def _held(self, backup: BackupId) -> AbstractContextManager[None]:
        hold = Hold(f"drill-{self.new_id()}", self.clock() + LONGEST_DRILL)
        return held(self.catalog, backup, hold, self.progress)

    def _proof(self, manifest: Manifest) -> Proof:
        return load_proof(self.catalog, manifest, self.engines)  # type: ignore[no-any-return]

    def _report_of(self, asked: _Asked, proof: Proof) -> Report:
        phases = Phases(self.timer, self.progress)
        report = self._reported(asked, proof, phases)
        return replace(
            report,
            seconds=phases.seconds(),
            ended=self.clock(),
            after_restore=self.after_restore.sha256,
            of=DrilledBytes(asked.manifest.archive.sha256, asked.manifest.proof.sha256),
        )

    def _reported(self, asked: _Asked, proof: Proof, phases: Phases) -> Report:
        """Drill in a sandbox; one that cannot be removed afterwards changes nothing about the verdict."""
        report: Report | None = None
        try:
            with self.sandboxes.open() as sandbox:
                report = self._seen_in(sandbox, asked, proof, phases)
                self.progress.phase("remove")
        except _INCONCLUSIVE as error:
            if report is None:
                return Report(Verdict.INCONCLUSIVE, reason=str(error))
            self.progress.note(str(error))
            return replace(report, sandbox_removed=False)
        return replace(report, sandbox_removed=True)

    def _seen_in(self, sandbox: Sandbox[Any], asked: _Asked, proof: Proof, phases: Phases) -> Report:
        try:
            return self._judged(sandbox, asked, proof, phases)
        except (*_CONDEMNING, *_INCONCLUSIVE) as error:
            # what the vault delivered has been judged by its checksum: no server's death takes that back
            cause = error if isinstance(error, VaultError) else sandbox.explained(error)
            if isinstance(cause, _CONDEMNING):
                return _condemned(asked.manifest, cause)
            return Report(Verdict.INCONCLUSIVE, reason=str(cause))

    def _judged(self, sandbox: Sandbox[Any], asked: _Asked, proof: Proof, phases: Phases) -> Report:
        """Restore as any restore does, and judge what came of it."""
        manifest, rows = asked.manifest, proof.measure().restored
        self._check_room(sandbox, manifest)
        with ExitStack() as kept:
            archive = kept.enter_context(opened(self.vault, manifest))
            with phases.phase("start"):
                target = sandbox.start(proof)
            with phases.phase("restore", total_bytes=manifest.archive.bytes, total_rows=rows):
                building = kept.enter_context(rebuilt(target, manifest, archive, proof, self.progress))
            judge = ProveAndJudge(proof, asked.questions, self.probe, phases, self.progress)
            report = judge.run(target.database(building.name), building.findings)
            return replace(report, room=sandbox.room()) if isinstance(sandbox, MeasuresRoom) else report

    def _check_room(self, sandbox: Sandbox[Any], manifest: Manifest) -> None:
        """Raise SandboxError if the restored database does not fit, as far as that is known beforehand."""
        if not isinstance(sandbox, ChecksRoom):
            return
        try:
            expected = expected_disk(self.catalog, manifest)
        except CatalogError as error:
            self.progress.note(f"it is not known how much disk the drill needs: {error}")
            return
        if expected is not None:
            sandbox.check_room(expected)

    def _reserve(self, backup: BackupId) -> str:
        """Take a name for this drill."""
        return reserve_stamp(
            self.catalog, lambda drill: keys.drill_request(backup, drill), self.clock(), self.new_id()
        )


def _condemned(manifest: Manifest, error: ScimsBackupError) -> Report:
    kinds: dict[type[Exception], str] = {
        ArchiveDamagedError: "archive-damaged",
        ArchiveMissingError: "archive-missing",
    }
    kind = kinds.get(type(error), "restore-failed")
    finding = Finding(kind, f"archive {manifest.backup}", "an archive that restores", str(error))
    return Report(Verdict.FAILED, (finding,))
