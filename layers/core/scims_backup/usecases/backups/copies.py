"""Which backups were copied elsewhere, as the source's own catalog knows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.second_copy import copied_stamps
from scims_backup.domain.witness import SKEW
from scims_backup.ports import Catalog
from scims_backup.usecases.stored.manifests import Known


def newest_copied(
    catalog: Catalog, source: str, elsewhere: str, known: Iterable[Known], now: datetime
) -> tuple[BackupId, datetime] | None:
    """Return the newest backup that was copied, and when its snapshot was taken; None if none was.

    elsewhere: the address of the copies' catalog.
    known: the backups that are here. A copied one that was removed here counts too, by its stamp.
    now: a backup of a later moment does not count.
    """
    taken = {one.backup.stamp: one.taken for one in known}
    copied = copied_stamps(catalog.keys(keys.copies(source)), elsewhere)
    backups = (BackupId(source, stamp) for stamp in copied)
    moments = ((backup, taken.get(backup.stamp, backup.moment)) for backup in backups)
    past = (one for one in moments if one[1] <= now + SKEW and one[0].moment <= now + SKEW)
    return max(past, key=lambda one: one[1], default=None)
