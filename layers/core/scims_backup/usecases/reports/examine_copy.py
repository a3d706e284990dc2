"""What the other side says of a source's copies, for `doctor`; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain.errors import VaultAccessError, VaultGoneError
from scims_backup.domain.health import Observed, fine, not_checked, problem
from scims_backup.domain.health_rules import named
from scims_backup.domain.status import Promised, Seen, SourceStatus
from scims_backup.domain.status.judgement import copy
from scims_backup.domain.status.observing import observed
from scims_backup.ports import Catalog, Vault
from scims_backup.usecases.backups.copies import newest_copied
from scims_backup.usecases.stored.manifests import Known, backups_in_order, not_to_come


@dataclass(frozen=True)
class ExamineCopy:
    """The check of one source's copies.

    here: makes the source's own catalog.
    catalog, vault: make the other side's. Each may fail.
    reach: assumes the copier's rights; raises VaultAccessError where the current user may not.
    """

    source: str
    here: Callable[[], Catalog]
    reach: Callable[[], None]
    catalog: Callable[[], Catalog]
    vault: Callable[[], Vault]
    clock: Callable[[], datetime]

    def look(self, elsewhere: str, allowed: timedelta) -> Iterator[Observed]:
        """Reach the other side, judge the newest copy's age, and look for the archives of all.

        elsewhere: the address of its catalog.
        allowed: the greatest age.

        Where only the copier may reach the other side, the records here must do. Raise CatalogError or
        VaultError if it is not reached.
        """
        try:
            self.reach()
        except VaultAccessError as refused:
            yield self._noted(elsewhere, allowed)
            yield not_checked(
                refused.message, "run doctor on the other side, with its own settings and rights"
            )
            return
        copies = not_to_come(backups_in_order(self.catalog(), self.source), self.clock())
        newest = Seen(copies[-1].backup, copies[-1].taken) if copies else None
        yield self._judged(newest, [] if copies else backups_in_order(self.here(), self.source), allowed)
        if copies:
            yield self._kept(copies)

    def _noted(self, elsewhere: str, allowed: timedelta) -> Observed:
        catalog = self.here()
        known = backups_in_order(catalog, self.source)
        newest = newest_copied(catalog, self.source, elsewhere, known, self.clock())
        return self._judged(Seen(*newest) if newest else None, known, allowed)

    def _judged(self, newest: Seen | None, known: Sequence[Known], allowed: timedelta) -> Observed:
        """Judge the newest copy; before the first one, by the backups that are here."""
        oldest = known[0].taken if known else None
        promised = Promised(copy_age=allowed)
        return observed(copy(SourceStatus(self.source, self.clock(), promised, oldest=oldest, copied=newest)))

    def _kept(self, copies: Sequence[Known]) -> Observed:
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
            "find out on the other side who removed them (scims-backup doctor with that side's settings), "
            "and copy the newest again once its manifest there is gone",
        )
