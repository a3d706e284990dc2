"""What the other side says of a source's copies, for `doctor`; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain.errors import VaultGoneError
from scims_backup.domain.health import Observed, fine, problem
from scims_backup.domain.health_rules import named, newest_copy
from scims_backup.ports import Catalog, Vault
from scims_backup.usecases.surveying import Known, backups_in_order


@dataclass(frozen=True)
class ExamineCopy:
    """The look at the copies of one source. catalog, vault: make the other side's, which may fail too."""

    source: str
    catalog: Callable[[], Catalog]
    vault: Callable[[], Vault]
    clock: Callable[[], datetime]

    def look(self, allowed: timedelta) -> Iterator[Observed]:
        """Reach the other side, judge the newest copy's age, and look for the archives of all.

        allowed: the greatest age. Raise CatalogError or VaultError if it is not reached.
        """
        copies = backups_in_order(self.catalog(), self.source)
        newest = copies[-1] if copies else None
        yield newest_copy(
            newest.backup if newest else None, newest.taken if newest else None, self.clock(), allowed
        )
        if copies:
            yield self._kept(copies)

    def _kept(self, copies: list[Known]) -> Observed:
        try:
            stored = {archive.ref for archive in self.vault().archives()}
        except VaultGoneError as error:
            return problem(f"the vault of the copies is gone: {error.message}", error.cure)
        lost = [
            one.backup for one in copies if one.manifest is None or one.manifest.archive.ref not in stored
        ]
        if not lost:
            return fine(f"has the archive of each copy: {len(copies)}")
        return problem(
            f"copies without an archive, or with a manifest that cannot be read: {named(lost)}",
            "find out there who removed them (scims-backup doctor with the other side's settings), and copy "
            "the newest again once its manifest there is gone",
        )
