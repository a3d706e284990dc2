"""The first list: backups run, are complete, are in the right place, and contain what they should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scims_backup.domain import keys, status
from scims_backup.domain.alert.texts import size
from scims_backup.domain.anomalies.figures import SIZE, compared
from scims_backup.domain.anomalies.usual import YOUNG
from scims_backup.domain.checklist.data import expected_data
from scims_backup.domain.checklist.facts import Facts, Told, Unreadable
from scims_backup.domain.checklist.lines import Evidence, Line, Topic
from scims_backup.domain.counting import counted
from scims_backup.domain.events import Kind
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.status.judgement import newest
from scims_backup.domain.verdict import Report

_RUNS = Topic("backup-runs", "Backups run as often as they should")
_CREATED = Topic("backup-created", "The newest backup was created, and is complete")
_COMPRESSED = Topic("backup-compressed", "Its archive is stored compressed")
_UPLOADED = Topic("backup-uploaded", "Its archive is in the vault")
_PRUNED = Topic("old-backups-pruned", "Backups that the retention policy does not keep are removed")
_SIZE = Topic("backup-size-reasonable", "Its size is reasonable compared to earlier backups")

_PLAIN_S3, _COMPRESSED_NAME = "s3", ".zst"
_LOST = ("archive-missing", "archive-damaged")
_PRUNE_DAILY = "schedule scims-backup prune every day"
_MEND = "restore this object from the catalog's older versions, or take a new backup"
_NEEDED = 3
"""With fewer nights before it nothing can be said of a size."""


def backup_lines(facts: Facts) -> tuple[Line, ...]:
    """The lines of the first list."""
    return (
        facts.doubted(_runs(facts)),
        *_of_archive(facts),
        facts.doubted(_pruned(facts)),
        facts.doubted(_size(facts)),
        facts.doubted(expected_data(facts)),
    )


def _runs(facts: Facts) -> Line:
    age, runs = newest(facts.status), facts.judged(status.Topic.RUNS)
    there = Evidence(keys.manifest(facts.newest), age.message)
    if age.standing is not status.Standing.FINE or runs is None or runs.standing is status.Standing.FINE:
        return _RUNS.judged(age, there)
    failed = next(facts.of_kinds(Kind.BACKUP_FAILED), None)
    recorded = Evidence(keys.history(facts.source), runs.message)
    return _RUNS.judged(runs, failed.evidence() if failed else recorded)


def _of_archive(facts: Facts) -> Iterator[Line]:
    manifest = facts.manifest
    if isinstance(manifest, Unreadable):
        yield _CREATED.no(_MEND, manifest.evidence)
        yield from (topic.unknown(_MEND, manifest.evidence) for topic in (_COMPRESSED, _UPLOADED))
        return
    yield _created(manifest)
    yield _compressed(manifest)
    yield _uploaded(manifest, facts)


def _created(manifest: Manifest) -> Line:
    took = round((manifest.finished - manifest.started) / timedelta(seconds=1))
    fact = f"{size(manifest.archive.bytes)} in {took} s"
    if manifest.warnings:
        fact += f", with {counted(len(manifest.warnings), 'warning')}: {manifest.warnings[0]}"
    evidence = Evidence(keys.manifest(manifest.backup), fact)
    return _CREATED.yes(evidence) if manifest.archive.bytes else _CREATED.no("take a new backup", evidence)


def _compressed(manifest: Manifest) -> Line:
    """In plain S3 the archive's name shows it; with restic only the added bytes do."""
    archive, key = manifest.archive, keys.manifest(manifest.backup)
    sizes = f"{size(archive.stored_bytes)} new in the vault for {size(archive.bytes)}"
    program = f"{archive.vault} {manifest.tools.get(archive.vault, '')}".strip()
    if archive.vault == _PLAIN_S3:
        if archive.ref.endswith(_COMPRESSED_NAME):
            return _COMPRESSED.yes(Evidence(key, f"stored with zstd: {sizes}"))
    elif archive.stored_bytes < archive.bytes:
        return _COMPRESSED.yes(Evidence(key, f"{program}: {sizes}"))
    cure = "check that `restic cat config` shows version 2 and that RESTIC_COMPRESSION is not off"
    return _COMPRESSED.no(cure, Evidence(key, f"{program}: {sizes}"))


def _uploaded(manifest: Manifest, facts: Facts) -> Line:
    """A manifest is written only once the vault has the archive; a later drill is stronger evidence."""
    stored = Evidence(keys.manifest(manifest.backup), f"stored as {manifest.archive.vault_ref}")
    drill = facts.conclusive
    if drill is None or drill.backup != manifest.backup or not isinstance(drill.report, Report):
        return _UPLOADED.yes(stored)
    lost = [finding for finding in drill.report.findings if finding.kind in _LOST]
    if lost:
        return _UPLOADED.no("check the vault, then take a new backup", drill.evidence(lost[0].found))
    return _UPLOADED.yes(stored, drill.evidence("fetched, and identical to the bytes that were dumped"))


def _pruned(facts: Facts) -> Line:
    """The last prune's event decides; a prune without work records none, and then the plan decides."""
    if facts.plan is None:
        where = Evidence(keys.manifests(facts.source), f"{counted(len(facts.backups), 'backup')}, no policy")
        return _PRUNED.unknown("set retention in the settings document: without it nothing is removed", where)
    told = next(facts.of_kinds(Kind.BACKUPS_PRUNED, Kind.PRUNE_FAILED), None)
    if told is not None and told.event.kind is Kind.PRUNE_FAILED:
        return _PRUNED.no("fix the cause, then run scims-backup prune", told.evidence())
    kept, due = len(facts.plan.keep), facts.plan.remove
    fact = f"{counted(kept, 'backup')} kept by the policy, {len(due)} due for removal"
    there = Evidence(keys.manifests(facts.source), fact)
    if told is None:
        return _PRUNED.no(_PRUNE_DAILY, there) if due else _PRUNED.yes(there)
    removed = told.evidence(f"the last prune that had something to do removed {_removed(told)}")
    if due and facts.now - told.event.time > facts.status.promised.backup_age:
        return _PRUNED.no(_PRUNE_DAILY, there, removed)
    return _PRUNED.yes(removed, there)


def _removed(told: Told) -> str:
    removed = told.event.facts.get("removed_in_all")
    return counted(removed, "backup") if isinstance(removed, int) else "some"


def _size(facts: Facts) -> Line:
    key = keys.manifest(facts.newest)
    if isinstance(facts.manifest, Unreadable):
        return _SIZE.unknown(_MEND, facts.manifest.evidence)
    told, ask = (
        facts.about_newest(Kind.BACKUP_SIZE_ANOMALY),
        "find out whether data was deleted or loaded on purpose",
    )
    found = facts.manifest.archive.bytes
    if told is not None:
        usual = told.event.facts.get("expected_bytes")
        return _SIZE.no(ask, told.evidence(f"{size(found)}, usually {_size_of(usual)}"))
    beside = compared(SIZE, facts.nights, _NEEDED)
    if beside is None:
        fact = f"{size(found)}, with {counted(max(0, len(facts.nights) - 1), 'earlier night')}"
        return _SIZE.unknown(f"this is known once there are {_NEEDED} earlier nights", Evidence(key, fact))
    evidence = Evidence(
        key, f"{size(found)}, usually {size(beside.expected)} (median of {beside.nights} earlier backups)"
    )
    if not beside.is_odd:
        return _SIZE.yes(evidence)
    young = f"find out whether that is intended; what is usual is known after {YOUNG} nights"
    return _SIZE.unknown(young, evidence) if beside.nights < YOUNG else _SIZE.no(ask, evidence)


def _size_of(value: object) -> str:
    return size(value) if isinstance(value, int) else str(value)
