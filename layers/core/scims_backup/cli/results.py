"""Results as the JSON values that docs/cli.md describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scims_backup.domain.backup import BackupId
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import Restored, TablesRestored
from scims_backup.domain.retention import Plan
from scims_backup.domain.verdict import Report
from scims_backup.ports import Surveyed, Swapped, Usage
from scims_backup.usecases.backups.claims import Repeated
from scims_backup.usecases.backups.copy_backup import Copied
from scims_backup.usecases.reports.list_backups import ListedBackup, ShownBackup
from scims_backup.usecases.retention.intent import Intent
from scims_backup.usecases.retention.prune_backups import Pruned
from scims_backup.usecases.stored.storage import SourceStorage, Storage


def backup_result(manifest: Manifest, anomalies: Sequence[str]) -> dict[str, Any]:
    """The result of `backup`. anomalies: what is odd beside the backups before it."""
    return {**manifest_result(manifest), "anomalies": list(anomalies)}


def manifest_result(manifest: Manifest) -> dict[str, Any]:
    """What a manifest tells of its backup."""
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
        "labels": dict(manifest.labels),
    }


def list_result(listed: list[ListedBackup]) -> list[dict[str, Any]]:
    """The result of `list`; a backup whose manifest cannot be read has an `error` in place of its facts."""
    return [_listed(one) for one in listed]


def _listed(one: ListedBackup) -> dict[str, Any]:
    if one.manifest is None:
        return {"id": str(one.backup), "verdict": one.verdict, "error": one.problem, **_holds(one.holds)}
    return {**manifest_result(one.manifest), "verdict": one.verdict, **_holds(one.holds)}


def show_result(shown: ShownBackup) -> dict[str, Any]:
    """The result of `show`: what `list` says, the whole manifest's rest, and the drills."""
    return {
        **manifest_result(shown.manifest),
        "server": dict(shown.manifest.server),
        "tools": dict(shown.manifest.tools),
        "verdict": shown.verdict,
        **_holds(shown.holds),
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


def copied_result(copied: Copied, catalog: str) -> dict[str, Any]:
    """The result of `copy`. catalog: where the copy's manifest is."""
    archive = copied.manifest.archive
    return {
        "id": str(copied.manifest.backup),
        "catalog": catalog,
        "vault_ref": archive.vault_ref,
        "bytes": archive.bytes,
        "stored_bytes": archive.stored_bytes,
        "sha256": archive.sha256,
        "already": copied.already,
    }


def report_result(manifest: Manifest, report: Report, drill: str | None) -> dict[str, Any]:
    """The result of `drill` and `compare`; drill is the drill's name, None for a comparison."""
    return {"id": str(manifest.backup), "drill": drill, **report.to_document()}


def repeated_result(repeated: Repeated) -> dict[str, Any]:
    """The result of a `backup` that had nothing to do."""
    return {"id": str(repeated.backup), "source": repeated.backup.source, "already": repeated.why}


def restored_result(restored: Restored) -> dict[str, Any]:
    """The result of `restore`."""
    return {
        "id": str(restored.backup),
        "database": restored.database,
        "swapped": restored.swapped,
        "aside": restored.aside,
        "away_seconds": restored.away_seconds,
        "roles_created": list(restored.roles_created),
        "was_there": restored.was_there,
        **restored.report.to_document(),
    }


def tables_result(restored: TablesRestored) -> dict[str, Any]:
    """The result of `restore --table`."""
    return {
        "id": str(restored.backup),
        "database": restored.database,
        "schema": restored.schema,
        "tables": dict(restored.rows),
        "parents": list(restored.parents),
        "children": list(restored.children),
        "sql": list(restored.sql),
    }


def survey_result(manifest: Manifest, surveyed: Sequence[Surveyed]) -> dict[str, Any]:
    """The result of `restore --dry-run`."""
    return {"id": str(manifest.backup), "survey": [vars(one) for one in surveyed]}


def undone_result(swapped: Swapped) -> dict[str, Any]:
    """The result of `restore --undo`."""
    return {"restored": swapped.live, "aside": swapped.aside, "away_seconds": round(swapped.seconds, 3)}


def plan_result(plan: Plan) -> dict[str, Any]:
    """The result of `prune --dry-run`."""
    return {
        "keep": [{"id": str(kept.backup), "reasons": list(kept.reasons)} for kept in plan.keep],
        "remove": [str(backup) for backup in plan.remove],
        "refused": [],
    }


def intent_result(intent: Intent) -> dict[str, Any]:
    """The result of `prune --dry-run` where the vault could be asked too."""
    return {
        **plan_result(intent.plan),
        "leftovers": [left.ref for one in intent.dead for left in one.archives],
        "problems": list(intent.problems),
        "digest": intent.digest,
        "much": list(intent.much),
    }


def pruned_result(pruned: Pruned, warnings: Sequence[str]) -> dict[str, Any]:
    """The result of `prune`: the plan, what became of it, and what was odd."""
    return {
        **plan_result(pruned.plan),
        "refused": [{"id": str(one.backup), "why": one.why} for one in pruned.refused],
        "removed": [str(backup) for backup in pruned.removed],
        "leftovers": list(pruned.leftovers),
        "problems": list(pruned.problems),
        "warnings": list(warnings),
    }


def hold_result(backup: BackupId, hold: Hold) -> dict[str, Any]:
    """The result of `hold`."""
    return {"id": str(backup), **_hold(hold)}


def unhold_result(backup: BackupId, released: list[Hold], left: list[Hold]) -> dict[str, Any]:
    """The result of `unhold`."""
    return {
        "id": str(backup),
        "released": [_hold(hold) for hold in released],
        "held": [_hold(hold) for hold in left],
    }


def _holds(holds: Sequence[Hold]) -> dict[str, list[dict[str, str]]]:
    return {"holds": [_hold(hold) for hold in holds]}


def _hold(hold: Hold) -> dict[str, str]:
    return {"holder": hold.holder, "until": hold.until.isoformat()}


def reclaim_result(before: Usage, after: Usage, problems: Sequence[str]) -> dict[str, Any]:
    """The result of `reclaim`. problems: locks that could not be extended."""
    return {
        "place": after.place,
        "bytes_before": before.current_bytes,
        "bytes": after.current_bytes,
        "noncurrent_bytes": after.noncurrent_bytes,
        "problems": list(problems),
    }


def storage_result(storage: Storage) -> dict[str, Any]:
    """The result of `storage`."""
    return {
        "sources": [_source_storage(one) for one in storage.sources],
        "places": [
            {
                "place": place,
                "bytes": usage.place_bytes,
                "current_bytes": usage.current_bytes,
                "noncurrent_bytes": usage.noncurrent_bytes,
            }
            for place, usage in storage.places.items()
        ],
        "bytes": storage.bytes,
        "quota_bytes": storage.quota,
        "over_quota": storage.is_over_quota,
        "problems": storage.problems,
    }


def _source_storage(one: SourceStorage) -> dict[str, Any]:
    return {
        "source": one.source,
        "place": one.usage.place,
        "backups": one.backups,
        "bytes": one.usage.source_bytes,
        "quota_bytes": one.quota,
        "over_quota": one.is_over_quota,
    }
