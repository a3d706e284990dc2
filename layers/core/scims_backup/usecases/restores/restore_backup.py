"""Restoring a backup beside a live database, proving it, and only then putting it in the live one's place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.errors import SwapRefusedError
from scims_backup.domain.events import MOST_FINDINGS, Kind, Severity
from scims_backup.domain.health_rules import span
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.questions import Questions
from scims_backup.domain.records_of_runs import record_of_restore
from scims_backup.domain.restored import Restored
from scims_backup.domain.verdict import Finding, Verdict
from scims_backup.domain.verdict_words import said, suffices
from scims_backup.ports import Catalog, Engines, LiveDatabase, Probe, Progress, Proof, Surveyed, Target, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.drills.phases import Phases
from scims_backup.usecases.drills.prove_and_judge import ProveAndJudge
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.restores.around_restore import restoring
from scims_backup.usecases.restores.capabilities import can_swap, swapping
from scims_backup.usecases.restores.rebuild import rebuilt
from scims_backup.usecases.stored.archives import opened
from scims_backup.usecases.stored.history import record_run
from scims_backup.usecases.stored.proofs import load_proof


@dataclass(frozen=True)
class RestoreRequest:
    """What is asked of a restore besides the backup.

    into: the restored database's name; None for one after live database and backup.
    swap: let it take the live one's place once it is proven.
    """

    into: str | None = None
    swap: bool = False
    questions: Questions = field(default_factory=Questions)


@dataclass(frozen=True)
class BeforeSwap:
    """What a person should know before a live database is replaced.

    server: its name, without secrets.
    backup: its age and verdict, in words.
    since: what was written from then on is not in the backup.
    seen: the live database; None if it is missing.
    """

    server: str
    live: str
    backup: str
    since: datetime
    seen: LiveDatabase | None


@dataclass(frozen=True)
class RestoreBackup:
    """Restores the backups of one source to one target.

    timer: monotonic seconds.
    probe: the application's own check, None if there is none.
    after_restore: what the target runs.
    request: on which a task works, by its name in events; '' if nobody has asked for a task.
    """

    vault: Vault
    catalog: Catalog
    engines: Engines
    target: Target[Any]
    events: EventLog
    clock: Callable[[], datetime]
    timer: Callable[[], float]
    new_id: Callable[[], str]
    progress: Progress
    probe: Probe | None = None
    after_restore: AfterRestore = field(default_factory=AfterRestore)
    request: str = ""

    def survey(self, manifest: Manifest, request: RestoreRequest) -> Sequence[Surveyed]:
        """Say what a restore would meet, and change nothing. Raise UsageError for what it would refuse."""
        name = self.name(manifest, request)
        if request.swap:
            swapping(self.target)
        proof = load_proof(self.catalog, manifest, self.engines)
        return [self._seen(manifest), *self.target.survey(proof, manifest.archive.bytes, name)]

    def before_swap(self, manifest: Manifest) -> BeforeSwap:
        """Say what a swap would replace, and by what. Raise TargetError if the server cannot be asked."""
        live = swapping(self.target).look_at_live()
        backup = f"{manifest.backup}, {self._seen(manifest).found}"
        return BeforeSwap(self.target.name, self.target.live, backup, manifest.started, live)

    def _seen(self, manifest: Manifest) -> Surveyed:
        """The backup itself: how old it is, and whether a drill has proven it."""
        verdict, report = ListBackups(self.catalog).judgement(manifest.backup)
        age = f"{span(self.clock() - manifest.started)} old"
        return Surveyed(f"backup {manifest.backup}", suffices(verdict), f"{age}; {said(verdict, report)}")

    def is_there(self, manifest: Manifest, request: RestoreRequest) -> bool:
        """Say whether the restored database is there already. Raise TargetError."""
        return self.target.has(self.name(manifest, request))

    def run(self, manifest: Manifest, request: RestoreRequest) -> Restored:
        """Restore a backup, held meanwhile, and prove it; swap only what is proven.

        If a database of that name exists, it is proven again instead: this continues a restore that died
        after its work, or that somebody checked before the swap.
        Raise UsageError for a name that cannot be used, or a swap that the engine cannot do; TargetError,
        RestoreFailedError, VaultError or SourceError for what stopped it; SwapRefusedError if it is restored
        and proven, but the live database is still in its place.
        """
        name = self.name(manifest, request)
        if request.swap:
            swapping(self.target)
        with restoring(self, manifest, self.named_in_events) as began:
            proof = load_proof(self.catalog, manifest, self.engines)
            phases = Phases(self.timer, self.progress)
            restored = self._restored(manifest, name, request, proof, phases)
            if request.swap:
                restored = self._swapped(restored)
        self._record(restored, began)
        return restored

    def _restored(
        self, manifest: Manifest, name: str, request: RestoreRequest, proof: Proof, phases: Phases
    ) -> Restored:
        roles: Sequence[str] = ()
        known: Sequence[Finding] = ()
        sha256 = None
        was_there = self.target.has(name)
        if was_there:
            self.progress.note(f"{name} already exists: it is proven again, not restored again")
        else:
            total = proof.measure().restored
            with phases.phase("restore", total_bytes=manifest.archive.bytes, total_rows=total):
                roles, known = self._built(manifest, name, proof)
            sha256 = self.after_restore.sha256
        judge = ProveAndJudge(proof, request.questions, self.probe, phases, self.progress)
        report = judge.run_for_swap(self.target, name, known)
        report = replace(report, seconds=phases.seconds(), ended=self.clock(), after_restore=sha256)
        return Restored(
            manifest.backup,
            name,
            report,
            roles_created=roles,
            was_there=was_there,
            how_to_drop=self.target.how_to_drop(name),
            may_swap=can_swap(self.target),
        )

    def _built(self, manifest: Manifest, name: str, proof: Proof) -> tuple[Sequence[str], Sequence[Finding]]:
        """Stream the archive into a new database, which gets its name only when all of it is there."""
        with (
            opened(self.vault, manifest) as archive,
            rebuilt(self.target, manifest, archive, proof, self.progress) as building,
        ):
            building.keep(name)
        return building.roles_created, building.findings

    def _swapped(self, restored: Restored) -> Restored:
        if restored.report.verdict is not Verdict.PASSED:
            return restored
        self.progress.phase("swap")
        try:
            swapped = swapping(self.target).swap(restored.database, self.clock())
        except SwapRefusedError as error:
            message = f"{restored.database} is restored and proven, but was not swapped in: {error.message}"
            raise SwapRefusedError(message, error.cure) from error
        return replace(
            restored,
            database=self.target.live,
            swapped=True,
            aside=swapped.aside,
            away_seconds=round(swapped.seconds, 3),
        )

    def name(self, manifest: Manifest, request: RestoreRequest) -> str:
        """Return what the restored database is called. Raise UsageError for a name that cannot be used."""
        if request.into is None:
            return self.target.restored_name(manifest.backup)
        self.target.check_name(request.into)
        return request.into

    @property
    def named_in_events(self) -> Mapping[str, object]:
        """The fact by which whoever asked for it finds the event of its end."""
        return {"request": self.request} if self.request else {}

    def _record(self, restored: Restored, began: datetime) -> None:
        report = restored.report
        record = record_of_restore(restored.backup, report, began, self.clock())
        record_run(self.catalog, record, self.new_id(), self.progress)
        passed = report.verdict is Verdict.PASSED
        facts = {
            "database": restored.database,
            "swapped": restored.swapped,
            "aside": restored.aside,
            "was_there": restored.was_there,
            "findings": [vars(finding) for finding in report.findings[:MOST_FINDINGS]],
            "findings_in_all": len(report.findings),
            "seconds": dict(report.seconds),
            **({} if passed else {"cure": restored.cure}),
            **self.named_in_events,
        }
        kind = Kind.RESTORE_COMPLETED if passed else Kind.RESTORE_FAILED
        severity = Severity.ERROR if not passed else Severity.WARNING if restored.swapped else Severity.INFO
        self.events.record(kind, severity, facts, restored.backup)
