"""With which `after_restore` a backup was proven: another one may not bring back what that one did."""

from __future__ import annotations

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_history import deciding_drill, drills_by_stamp
from scims_backup.domain.verdict import Report
from scims_backup.ports import Catalog


def deciding_report(catalog: Catalog, backup: BackupId) -> Report | None:
    """Return the report of the drill that decides a backup's verdict; None before any drill has ended.

    Raise CatalogError or DocumentError if it cannot be read.
    """
    drills = drills_by_stamp(backup.source, catalog.keys(keys.drills_of(backup)))
    deciding = deciding_drill(drills.get(backup.stamp, ()))
    if deciding is None or deciding.verdict is None:
        return None
    key = keys.drill_verdict(backup, deciding.name, deciding.verdict)
    return Report.from_bytes(catalog.get(key), key)
