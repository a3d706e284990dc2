"""Listing backups with the verdicts of their drills, and choosing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_history import Drill, deciding_drill, drills_by_stamp, verdict_of
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import DocumentError, KeyMissingError, NothingToWorkOnError, UsageError
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog
from scims_backup.usecases.drills.believed_verdicts import newest_proven
from scims_backup.usecases.stored.holds import holds_on, still_holding
from scims_backup.usecases.stored.manifests import (
    BEGINNING,
    Known,
    backups_in_order,
    holds_by_backup,
    known_backups,
    not_to_come,
    of_engines,
    read_manifest,
)

NEWEST = "newest"
NEWEST_PROVEN = "newest-proven"


@dataclass(frozen=True)
class ListedBackup:
    """One backup.

    manifest: None if this version cannot work with it; then `problem` says why.
    verdict: None before any drill.
    holds: those that have not expired.
    lacks_engine: as of `Known`.
    """

    backup: BackupId
    manifest: Manifest | None
    verdict: Verdict | None
    problem: str = ""
    holds: tuple[Hold, ...] = ()
    lacks_engine: bool = False

    @property
    def taken(self) -> datetime:
        """When its snapshot was taken; its stamp's moment if its manifest does not say."""
        return self.manifest.started if self.manifest else self.backup.moment


@dataclass(frozen=True)
class ShownBackup:
    """One backup with its drills, oldest first.

    report: of the drill that decides; None before any drill.
    """

    manifest: Manifest
    verdict: Verdict | None
    drills: tuple[Drill, ...]
    report: Report | None
    holds: tuple[Hold, ...] = ()


class ListBackups:
    """What the catalog knows of a source's backups.

    clock: decides which holds have expired, and which backups cannot be the newest yet.
    formats: of the engines that this version has.
    """

    def __init__(
        self,
        catalog: Catalog,
        clock: Callable[[], datetime] = lambda: BEGINNING,
        formats: Formats = OF_OLD_DOCUMENTS,
    ) -> None:
        self._catalog = catalog
        self._clock = clock
        self._formats = formats

    def run(self, source: str) -> list[ListedBackup]:
        """Return every backup of a source, the oldest snapshot first.

        One damaged manifest, or one of an unknown engine, does not hide the others.
        """
        drills = drills_by_stamp(source, self._catalog.keys(keys.drills(source)))
        names = [BackupId(source, stamp) for stamp in self._stamps(source)]
        holds = holds_by_backup(self._catalog, source)
        return [
            ListedBackup(
                one.backup,
                one.manifest,
                verdict_of(drills.get(one.backup.stamp, ())),
                one.problem,
                self._lasting(holds.get(one.backup, [])),
                one.lacks_engine,
            )
            for one in of_engines(known_backups(self._catalog, names), self._formats)
        ]

    def choose(self, source: str, selector: str) -> Manifest:
        """Return the backup that a selector means: an id, `newest` or `newest-proven`.

        Raise NothingToWorkOnError if there is none, UsageError if the id is of another source.
        """
        if selector not in (NEWEST, NEWEST_PROVEN):
            return self._manifest(_named(source, selector))
        found, otherwise = self._in_order(source), "has no backup yet"
        if selector == NEWEST_PROVEN:
            proven = newest_proven(self._catalog, source, found)
            found, otherwise = [proven] if proven else [], "has no backup that a drill has proven"
        if not found:
            raise NothingToWorkOnError(f"source {source} {otherwise}", "run scims-backup backup, then drill")
        return found[-1].manifest or self._manifest(found[-1].backup)

    def _in_order(self, source: str) -> Sequence[Known]:
        """The backups of a source, without those that cannot be the newest, since they are still to come."""
        found, now = backups_in_order(self._catalog, source), self._clock()
        return found if now == BEGINNING else not_to_come(found, now)

    def newest_at(self, source: str, moment: datetime) -> Manifest:
        """Return the newest backup from before a moment. Raise NothingToWorkOnError if there is none."""
        found = [one for one in backups_in_order(self._catalog, source) if one.taken <= moment]
        if not found:
            raise NothingToWorkOnError(
                f"source {source} has no backup from before {moment.isoformat(timespec='seconds')}",
                "list the backups: scims-backup list",
            )
        return found[-1].manifest or self._manifest(found[-1].backup)

    def show(self, manifest: Manifest) -> ShownBackup:
        """Return a backup with its drills, and the report of the one that decides its verdict."""
        backup = manifest.backup
        found = drills_by_stamp(backup.source, self._catalog.keys(keys.drills_of(backup)))
        drills = found.get(backup.stamp, ())
        deciding = deciding_drill(drills)
        report = None if deciding is None else self._report(backup, deciding.name)
        holds = self._lasting(holds_on(self._catalog, backup))
        return ShownBackup(manifest, verdict_of(drills), drills, report, holds)

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

    def _lasting(self, holds: list[Hold]) -> tuple[Hold, ...]:
        return tuple(sorted(still_holding(holds, self._clock())))

    def _manifest(self, backup: BackupId) -> Manifest:
        """Read a manifest. Raise DocumentError if it is damaged, NothingToWorkOnError if it is gone."""
        try:
            return read_manifest(self._catalog, backup)
        except KeyMissingError:
            raise NothingToWorkOnError(
                f"there is no backup {backup}", "list the backups: scims-backup list"
            ) from None

    def _report(self, backup: BackupId, drill: str) -> Report:
        key = keys.drill_report(backup, drill)
        return Report.from_bytes(self._catalog.get(key), key)

    def _stamps(self, source: str) -> list[str]:
        prefix = keys.manifests(source)
        return [key.removeprefix(prefix).removesuffix(".json") for key in self._catalog.keys(prefix)]


def _named(source: str, selector: str) -> BackupId:
    backup = BackupId.parse(selector)
    if backup.source != source:
        raise UsageError(
            f"{backup} is a backup of source {backup.source}, not of {source}",
            f"choose a backup of {source}, or use --source {backup.source}",
        )
    return backup
