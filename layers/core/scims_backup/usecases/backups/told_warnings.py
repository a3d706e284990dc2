"""Which of a backup's warnings were told before: what stays wrong night after night is told once."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, DocumentError
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.stored.surveying import backups_in_order


def told_before(catalog: Catalog, backup: BackupId, standing: Sequence[str], progress: Progress) -> list[str]:
    """Return the standing warnings that the source's backup before had already, word for word.

    If that cannot be read, there are none: it is better to tell twice than never.
    """
    if not standing:
        return []
    try:
        before = _warnings_before(catalog, backup)
    except (CatalogError, DocumentError) as error:
        progress.note(f"whether the warnings were told before is not known: {error}")
        return []
    return [warning for warning in standing if warning in before]


def _warnings_before(catalog: Catalog, backup: BackupId) -> Sequence[str]:
    earlier = [one for one in backups_in_order(catalog, backup.source) if one.backup != backup]
    if not earlier:
        return ()
    if earlier[-1].manifest is None:
        raise DocumentError(earlier[-1].problem)
    return earlier[-1].manifest.warnings
