"""Which of a backup's warnings are not new: a source that stays wrong for many nights is mailed once."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, DocumentError
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.stored.manifests import backups_in_order


def known_before(
    catalog: Catalog, backup: BackupId, standing: Sequence[str], progress: Progress
) -> list[str]:
    """Return those standing warnings that the previous backup of the source has, word for word.

    If that cannot be read, return none: a warning that is mailed twice does less harm than one that is lost.
    """
    if not standing:
        return []
    try:
        before = _warnings_before(catalog, backup)
    except (CatalogError, DocumentError) as error:
        progress.note(f"whether these warnings were reported before is unknown: {error}")
        return []
    return [warning for warning in standing if warning in before]


def _warnings_before(catalog: Catalog, backup: BackupId) -> Sequence[str]:
    earlier = [one for one in backups_in_order(catalog, backup.source) if one.backup != backup]
    if not earlier:
        return ()
    if earlier[-1].manifest is None:
        raise DocumentError(earlier[-1].problem)
    return earlier[-1].manifest.warnings
