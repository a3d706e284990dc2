"""Results as the JSON values that docs/cli.md describes."""

from __future__ import annotations

from typing import Any

from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Report
from scims_backup.usecases.list_backups import ListedBackup, ShownBackup


def backup_result(manifest: Manifest) -> dict[str, Any]:
    """The result of `backup`."""
    return {
        "id": str(manifest.backup),
        "source": manifest.backup.source,
        "started": manifest.started.isoformat(),
        "finished": manifest.finished.isoformat(),
        "bytes": manifest.archive.bytes,
        "stored_bytes": manifest.archive.stored_bytes,
        "sha256": manifest.archive.sha256,
        "vault_ref": manifest.archive.vault_ref,
        "proof": manifest.proof.key,
        "level": manifest.proof.level,
        "warnings": list(manifest.warnings),
    }


def list_result(listed: list[ListedBackup]) -> list[dict[str, Any]]:
    """The result of `list`; a backup whose manifest cannot be read has an `error` in place of its facts."""
    return [_listed(one) for one in listed]


def _listed(one: ListedBackup) -> dict[str, Any]:
    if one.manifest is None:
        return {"id": str(one.backup), "verdict": one.verdict, "error": one.problem}
    return {**backup_result(one.manifest), "verdict": one.verdict}


def show_result(shown: ShownBackup) -> dict[str, Any]:
    """The result of `show`: what `list` says, the whole manifest's rest, and the drills."""
    return {
        **backup_result(shown.manifest),
        "server": dict(shown.manifest.server),
        "tools": dict(shown.manifest.tools),
        "verdict": shown.verdict,
        "drills": [vars(drill) for drill in shown.drills],
        "report": None if shown.report is None else shown.report.to_document(),
    }


def verify_result(manifest: Manifest) -> dict[str, Any]:
    """The result of `verify`."""
    return {
        "id": str(manifest.backup),
        "bytes": manifest.archive.bytes,
        "sha256": manifest.archive.sha256,
        "verified": True,
    }


def report_result(manifest: Manifest, report: Report, drill: str | None) -> dict[str, Any]:
    """The result of `drill` and `compare`; drill is the drill's name, None for a comparison."""
    return {"id": str(manifest.backup), "drill": drill, **report.to_document()}
