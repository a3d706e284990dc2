"""`scims-backup storage`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import storage_result
from scims_backup.cli.retention_answers import write_storage
from scims_backup.cli.session import Session
from scims_backup.domain.errors import CatalogError, ScimsBackupError, SecretError, VaultError
from scims_backup.usecases.stored.storage import SourceStorage, Storage


def run(session: Session) -> int:
    """Measure every source that is chosen: the one that is named, or all of the settings document.

    What cannot be measured is named, and the exit code is 1 for it; raise its error if that is all there is.
    """
    measured, unmeasured = list[SourceStorage](), dict[str, ScimsBackupError]()
    for one in session.per_source():
        with one.application() as application:
            try:
                measured.append(application.storage())
            except (VaultError, CatalogError, SecretError) as error:
                unmeasured[one.settings.source] = error
    if unmeasured and not measured:
        raise next(iter(unmeasured.values()))
    why = {source: str(error) for source, error in unmeasured.items()}
    storage = Storage(tuple(measured), session.quota_in_all, why)
    session.answer(storage_result(storage), partial(write_storage, storage=storage))
    return Exit.FAILED if storage.problems else Exit.DONE
