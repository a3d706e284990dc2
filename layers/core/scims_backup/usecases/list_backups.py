"""Listing backups with the verdicts of their drills, and choosing one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_history import Drill, deciding_drill, drills_by_stamp, verdict_of
from scims_backup.domain.errors import DocumentError, KeyMissingError, NothingToWorkOnError, UsageError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog

NEWEST = "newest"
NEWEST_PROVEN = "newest-proven"

_STAMP = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True)
class ListedBackup:
    """One backup; verdict is None before any drill.

    manifest: None if it cannot be read, and then `problem` says why.
    """

    backup: BackupId
    manifest: Manifest | None
    verdict: Verdict | None
    problem: str = ""


@dataclass(frozen=True)
class ShownBackup:
    """One backup with its drills, oldest first. report: of the drill that decides, None before any."""

    manifest: Manifest
    verdict: Verdict | None
    drills: tuple[Drill, ...]
    report: Report | None


class ListBackups:
    """What the catalog knows of the backups of a source."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def run(self, source: str) -> list[ListedBackup]:
        """Return every backup of a source, oldest first; one damaged manifest does not hide the others."""
        drills = drills_by_stamp(source, self._catalog.keys(keys.drills(source)))
        listed = [
            self._listed(BackupId(source, stamp), verdict_of(drills.get(stamp, ())))
            for stamp in self._stamps(source)
        ]
        return [one for one in listed if one is not None]

    def choose(self, source: str, selector: str) -> Manifest:
        """Return the backup that a selector means: an id, `newest` or `newest-proven`.

        Raise NothingToWorkOnError if there is none, UsageError if the id is of another source.
        """
        if selector == NEWEST:
            backup = self._last(source, self._whole_stamps(source), "has no backup yet")
        elif selector == NEWEST_PROVEN:
            backup = self._last(source, self._proven_stamps(source), "has no backup that a drill has proven")
        else:
            backup = _named(source, selector)
        return self._manifest(backup)

    def newest_at(self, source: str, moment: datetime) -> Manifest:
        """Return the newest backup from before a moment. Raise NothingToWorkOnError if there is none."""
        for stamp in reversed(self._whole_stamps(source)):
            manifest = self._manifest(BackupId(source, stamp))
            if manifest.started <= moment:
                return manifest
        raise NothingToWorkOnError(
            f"source {source} has no backup from before {moment.isoformat(timespec='seconds')}",
            "see which there are: scims-backup list",
        )

    def show(self, manifest: Manifest) -> ShownBackup:
        """Return a backup with its drills, and the report of the one that decides its verdict."""
        backup = manifest.backup
        found = drills_by_stamp(backup.source, self._catalog.keys(keys.drills_of(backup)))
        drills = found.get(backup.stamp, ())
        deciding = deciding_drill(drills)
        report = None if deciding is None else self._report(backup, deciding.name)
        return ShownBackup(manifest, verdict_of(drills), drills, report)

    def judgement(self, backup: BackupId) -> tuple[Verdict | None, Report | None]:
        """Return a backup's verdict, and the deciding drill's report if it can be read.

        A report that is damaged or gone does not hide the verdict, which stands in the key's name.
        """
        found = drills_by_stamp(backup.source, self._catalog.keys(keys.drills_of(backup)))
        deciding = deciding_drill(found.get(backup.stamp, ()))
        if deciding is None:
            return None, None
        try:
            return deciding.verdict, self._report(backup, deciding.name)
        except (DocumentError, KeyMissingError):
            return deciding.verdict, None

    def _listed(self, backup: BackupId, verdict: Verdict | None) -> ListedBackup | None:
        """One backup; None if it was removed since the keys were listed."""
        try:
            return ListedBackup(backup, self._manifest(backup), verdict)
        except DocumentError as error:
            return ListedBackup(backup, None, verdict, str(error))
        except NothingToWorkOnError:
            return None

    def _manifest(self, backup: BackupId) -> Manifest:
        key = keys.manifest(backup)
        try:
            data = self._catalog.get(key)
        except KeyMissingError:
            raise NothingToWorkOnError(
                f"there is no backup {backup}", "see which there are: scims-backup list"
            ) from None
        manifest = Manifest.from_bytes(data, key)
        if manifest.backup != backup:
            raise DocumentError(f"{key} is damaged: it is the manifest of {manifest.backup}")
        return manifest

    def _report(self, backup: BackupId, drill: str) -> Report:
        key = keys.drill_report(backup, drill)
        return Report.from_bytes(self._catalog.get(key), key)

    def _stamps(self, source: str) -> list[str]:
        prefix = keys.manifests(source)
        return [key.removeprefix(prefix).removesuffix(".json") for key in self._catalog.keys(prefix)]

    def _whole_stamps(self, source: str) -> list[str]:
        return [stamp for stamp in self._stamps(source) if _STAMP.fullmatch(stamp)]

    def _proven_stamps(self, source: str) -> list[str]:
        drills = drills_by_stamp(source, self._catalog.keys(keys.drills(source)))
        stamps = self._whole_stamps(source)
        return [stamp for stamp in stamps if verdict_of(drills.get(stamp, ())) is Verdict.PASSED]

    def _last(self, source: str, stamps: list[str], otherwise: str) -> BackupId:
        if not stamps:
            raise NothingToWorkOnError(f"source {source} {otherwise}", "run scims-backup backup, then drill")
        return BackupId(source, max(stamps))


def _named(source: str, selector: str) -> BackupId:
    backup = BackupId.parse(selector)
    if backup.source != source:
        raise UsageError(
            f"{backup} is a backup of source {backup.source}, not of {source}",
            f"name a backup of {source}, or give --source {backup.source}",
        )
    return backup
