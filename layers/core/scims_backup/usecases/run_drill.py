"""A drill: restore one backup into a sandbox, prove it again, compare, tear down, report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    RestoreFailedError,
    SandboxError,
    ScimsBackupError,
    SourceError,
    ToolMissingError,
    VaultError,
)
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.proof import Proof
from scims_backup.domain.verdict import Finding, Report, Verdict
from scims_backup.ports import Catalog, Probe, Progress, Sandbox, Sandboxes, Vault
from scims_backup.usecases.archives import streamed
from scims_backup.usecases.concluding import conclude
from scims_backup.usecases.holding import held
from scims_backup.usecases.judging import judged
from scims_backup.usecases.phases import Phases
from scims_backup.usecases.proofs import load_proof
from scims_backup.usecases.reserving import reserve_stamp

LONGEST_DRILL = timedelta(hours=24)
"""A drill that was killed holds its backup for so long."""

_CONDEMNING = (ArchiveDamagedError, ArchiveMissingError, RestoreFailedError)
_INCONCLUSIVE = (SandboxError, VaultError, SourceError, ToolMissingError)
"""Faults of the drill's own surroundings; SourceError is what proving meets when the sandbox breaks."""


@dataclass(frozen=True)
class Drilled:
    """The drill's name, and what it found."""

    drill: str
    report: Report


@dataclass(frozen=True)
class _Asked:
    manifest: Manifest
    expectations: Sequence[Expectation]
    role: str | None


@dataclass(frozen=True)
class RunDrill:
    """Drills the backups of one source.

    timer: monotonic seconds; probe: the application's own check; judge_roles: as for `judged`.
    """

    vault: Vault
    catalog: Catalog
    sandboxes: Sandboxes
    clock: Callable[[], datetime]
    timer: Callable[[], float]
    new_id: Callable[[], str]
    progress: Progress
    probe: Probe | None = None
    judge_roles: bool = True

    def run(self, manifest: Manifest, expectations: Sequence[Expectation], role: str | None) -> Drilled:
        """Drill one backup, held meanwhile; report, verdict and event are kept in the catalog.

        role: the application's role that must be able to log in, or None.
        Raise NothingToWorkOnError if the backup is being removed, DocumentError if the proof cannot be
        read, CatalogError if the report cannot be kept.
        """
        asked = _Asked(manifest, expectations, role)
        with self._held(manifest.backup):
            proof = load_proof(self.catalog, manifest)
            drill = self._reserve(manifest.backup)
            report = self._report_of(asked, proof)
            self.catalog.put_new(keys.drill_report(manifest.backup, drill), report.to_bytes())
            conclude(self.catalog, manifest.backup, drill, report)
        return Drilled(drill, report)

    def report(
        self, manifest: Manifest, expectations: Sequence[Expectation], role: str | None, drill: str
    ) -> Report:
        """Drill one backup, held meanwhile, for a drill that was asked for, and keep the report alone.

        Whoever asked tells the verdict. Raise KeyTakenError if the drill has a report already, e.g. since it
        was given up; else as `run`.
        """
        with self._held(manifest.backup):
            report = self._report_of(_Asked(manifest, expectations, role), load_proof(self.catalog, manifest))
            self.catalog.put_new(keys.drill_report(manifest.backup, drill), report.to_bytes())
        return report

    def _held(self, backup: BackupId) -> AbstractContextManager[None]:
        hold = Hold(f"drill-{self.new_id()}", self.clock() + LONGEST_DRILL)
        return held(self.catalog, backup, hold, self.progress)

    def _report_of(self, asked: _Asked, proof: Proof) -> Report:
        phases = Phases(self.timer, self.progress)
        report = self._reported(asked, proof, phases)
        return replace(report, seconds=phases.seconds(), ended=self.clock())

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

    def _seen_in(self, sandbox: Sandbox, asked: _Asked, proof: Proof, phases: Phases) -> Report:
        try:
            return self._restored(sandbox, asked, proof, phases)
        except _CONDEMNING as error:
            return _condemned(asked.manifest, error)
        except _INCONCLUSIVE as error:
            return Report(Verdict.INCONCLUSIVE, reason=str(error))

    def _restored(self, sandbox: Sandbox, asked: _Asked, proof: Proof, phases: Phases) -> Report:
        manifest = asked.manifest
        with phases.phase("fetch", total_bytes=manifest.archive.bytes):
            self._fetch(manifest, sandbox)
        with phases.phase("start"):
            sandbox.start(proof)
        with phases.phase("restore", total_bytes=manifest.archive.bytes):
            database = sandbox.restore(self.progress)
        with phases.phase("prove", total_rows=proof.all_rows()):
            return judged(
                proof,
                database,
                asked.expectations,
                asked.role,
                self.progress,
                self.probe,
                judge_roles=self.judge_roles,
            )

    def _fetch(self, manifest: Manifest, sandbox: Sandbox) -> None:
        """Bring the archive's bytes into the sandbox. Raise ArchiveDamagedError if they are others."""
        with _spooled(sandbox.spool(), self.progress) as write:
            streamed(self.vault, manifest, write)

    def _reserve(self, backup: BackupId) -> str:
        """Take a name for this drill."""
        return reserve_stamp(
            self.catalog, lambda drill: keys.drill_request(backup, drill), self.clock(), self.new_id()
        )


@contextmanager
def _spooled(path: Path, progress: Progress) -> Iterator[Callable[[bytes], None]]:
    """Yield what writes to a file that is ours alone; a full disk can show as late as at its closing."""
    with _room():
        # the vault's encryption ends here: nobody else may read a dump in passing
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")

    def write(chunk: bytes) -> None:
        with _room():
            file.write(chunk)
        progress.bytes(len(chunk))

    try:
        yield write
    finally:
        with _room():
            file.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cure = "give the sandbox's directory more space"
        raise SandboxError(f"the archive does not fit into the sandbox: {error.strerror}", cure) from error


def _condemned(manifest: Manifest, error: ScimsBackupError) -> Report:
    kinds: dict[type[Exception], str] = {
        ArchiveDamagedError: "archive-damaged",
        ArchiveMissingError: "archive-missing",
    }
    kind = kinds.get(type(error), "restore-failed")
    finding = Finding(kind, f"archive {manifest.backup}", "an archive that restores", str(error))
    return Report(Verdict.FAILED, (finding,))
