"""Which backups were copied elsewhere, as the source's own catalog knows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.second_copy import newest_of_copies
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
    return newest_of_copies(catalog.keys(keys.copies(source)), source, elsewhere, taken, now)
