"""Restoring a backup beside a live database, proving it, and only then putting it in the live one's place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain import database_names
from scims_backup.domain.errors import SwapRefusedError, UsageError
from scims_backup.domain.events import MOST_FINDINGS, Kind, Severity
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.proof import Proof
from scims_backup.domain.restoring import Restored
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Catalog, Probe, Progress, Surveyed, Target, Vault
from scims_backup.usecases.archives import opened
from scims_backup.usecases.judging import judged
from scims_backup.usecases.phases import Phases
from scims_backup.usecases.proofs import load_proof
from scims_backup.usecases.rebuilding import rebuilt
from scims_backup.usecases.restoring import restoring, teller_of


@dataclass(frozen=True)
class Wish:
    """What is asked of a restore besides the backup.

    into: the restored database's name, None for one after live database and backup; swap: let it take the
    live one's place once it is proven.
    """

    into: str | None = None
    swap: bool = False
    expectations: Sequence[Expectation] = ()
    role: str | None = None


@dataclass(frozen=True)
class RestoreBackup:
    """Restores the backups of one source to one target.

    timer: monotonic seconds; probe: the application's own check, None if there is none.
    """

    vault: Vault
    catalog: Catalog
    target: Target
    clock: Callable[[], datetime]
    timer: Callable[[], float]
    new_id: Callable[[], str]
    progress: Progress
    probe: Probe | None = None

    def survey(self, manifest: Manifest, wish: Wish) -> Sequence[Surveyed]:
        """Say what a restore would meet, and change nothing. Raise UsageError for a name that cannot be."""
        name = self._name(manifest, wish)
        proof = load_proof(self.catalog, manifest)
        return self.target.survey(proof, manifest.archive.bytes, name)

    def is_there(self, manifest: Manifest, wish: Wish) -> bool:
        """Say whether the restored database is there already. Raise TargetError."""
        return self.target.has(self._name(manifest, wish))

    def run(self, manifest: Manifest, wish: Wish) -> Restored:
        """Restore a backup, held meanwhile, and prove it; swap only what is proven.

        A database of that name that is there already is proven again, so that a restore that died after its
        work, or was looked at before the swap, is gone on with.
        Raise UsageError for a name that cannot be; TargetError, RestoreFailedError, VaultError or SourceError
        for what stopped it; SwapRefusedError if it is restored and proven, but the live database is still in
        its place.
        """
        name = self._name(manifest, wish)
        with restoring(self, manifest):
            proof = load_proof(self.catalog, manifest)
            phases = Phases(self.timer, self.progress)
            restored = self._restored(manifest, name, wish, proof, phases)
            if wish.swap:
                restored = self._swapped(restored)
        self._tell(manifest, restored)
        return restored

    def _restored(self, manifest: Manifest, name: str, wish: Wish, proof: Proof, phases: Phases) -> Restored:
        roles: Sequence[str] = ()
        if self.target.has(name):
            self.progress.note(f"{name} is there already: it is proven again, not restored again")
        else:
            rows = sum(table.rows for table in proof.tables.values())
            with phases.phase("restore", total_bytes=manifest.archive.bytes, total_rows=rows):
                roles = self._built(manifest, name, proof)
        with phases.phase("prove", total_rows=proof.all_rows()):
            database = self.target.database(name)
            report = judged(
                proof,
                database,
                wish.expectations,
                wish.role,
                self.progress,
                self.probe,
                judge_roles=False,
            )
        report = replace(report, seconds=phases.seconds(), ended=self.clock())
        return Restored(manifest.backup, name, report, roles_created=roles)

    def _built(self, manifest: Manifest, name: str, proof: Proof) -> Sequence[str]:
        """Stream the archive into a new database, which gets its name only when all of it is there."""
        with (
            opened(self.vault, manifest) as archive,
            rebuilt(self.target, manifest, archive, proof, self.progress) as building,
        ):
            building.keep(name)
        return building.roles_created

    def _swapped(self, restored: Restored) -> Restored:
        if restored.report.verdict is not Verdict.PASSED:
            return restored
        self.progress.phase("swap")
        aside = database_names.put_aside(self.target.live, self.clock())
        try:
            swapped = self.target.swap(restored.database, aside)
        except SwapRefusedError as error:
            message = f"{restored.database} is restored and proven, but not in its place: {error.message}"
            raise SwapRefusedError(message, error.cure) from error
        return replace(
            restored,
            database=self.target.live,
            swapped=True,
            aside=swapped.aside,
            away_seconds=round(swapped.seconds, 3),
        )

    def _name(self, manifest: Manifest, wish: Wish) -> str:
        if wish.into is None:
            return database_names.restored(self.target.live, manifest.backup)
        name, another = wish.into, "leave --into out, or give another name"
        if name == self.target.live:
            raise UsageError(f"{name} is the live database's name", f"{another}; then use --swap")
        if not database_names.fits(name):
            raise UsageError(f"--into {name!r}: a database's name has 1 to 63 bytes", another)
        if database_names.has_meaning(name, self.target.live):
            raise UsageError(f"{name} is what restores call databases at work, or put aside", another)
        return name

    def _tell(self, manifest: Manifest, restored: Restored) -> None:
        report = restored.report
        passed = report.verdict is Verdict.PASSED
        facts = {
            "database": restored.database,
            "swapped": restored.swapped,
            "aside": restored.aside,
            "findings": [vars(finding) for finding in report.findings[:MOST_FINDINGS]],
            "findings_in_all": len(report.findings),
            "seconds": dict(report.seconds),
        }
        kind = Kind.RESTORE_COMPLETED if passed else Kind.RESTORE_FAILED
        severity = Severity.ERROR if not passed else Severity.WARNING if restored.swapped else Severity.INFO
        teller_of(self, manifest).tell(kind, severity, facts, restored.backup)
