"""Which verdicts are believed: a key's name is a claim, and the report under it must say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_history import Drill, deciding_drill, drills_by_stamp
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import DrilledBytes, Report, Verdict
from scims_backup.ports import Catalog


class _Backup(Protocol):
    """A backup and its manifest, None if that cannot be read."""

    @property
    def backup(self) -> BackupId: ...
    @property
    def manifest(self) -> Manifest | None: ...


_T = TypeVar("_T", bound=_Backup)


def believed_verdict(
    catalog: Catalog, manifest: Manifest, drills: Sequence[Drill]
) -> tuple[Verdict | None, str]:
    """Return a backup's verdict, and why it is none though a key names one.

    The verdict's key is the orchestrator's word and the report the task's; the report also says which bytes
    were looked at, which a manifest that was put in place of another cannot have. Where keys name several
    verdicts, the report decides.
    """
    deciding = deciding_drill(drills)
    if deciding is None or deciding.verdict is None:
        return None, ""
    key = keys.drill_report(manifest.backup, deciding.name)
    try:
        report = Report.from_bytes(catalog.get(key), key)
    except (DocumentError, KeyMissingError) as error:
        return None, f"verdict {deciding.verdict} of {manifest.backup} does not count: {error}"
    why = _doubt(catalog, manifest, deciding, report)
    if why:
        return None, f"verdict {deciding.verdict} of {manifest.backup} does not count: {key} {why}"
    return report.verdict, ""


def newest_proven(catalog: Catalog, source: str, backups: Sequence[_T]) -> _T | None:
    """Return the newest of some backups that a drill has proven, by its report too; they are oldest first."""
    drills = drills_by_stamp(source, catalog.keys(keys.drills(source)))
    for one in reversed(backups):
        of_it = drills.get(one.backup.stamp, ())
        if one.manifest and believed_verdict(catalog, one.manifest, of_it)[0] is Verdict.PASSED:
            return one
    return None


def _doubt(catalog: Catalog, manifest: Manifest, drill: Drill, report: Report) -> str:
    looked_at = DrilledBytes(manifest.archive.sha256, manifest.proof.sha256)
    if report.of is not None and report.of != looked_at:
        return "covers other bytes than the manifest's archive"
    named = keys.drill_verdict(manifest.backup, drill.name, report.verdict)
    if report.verdict is not drill.verdict and not any(True for _ in catalog.keys(named)):
        return f"says {report.verdict}"
    return ""
