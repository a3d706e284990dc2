"""Removing an archive so that it can be recovered for some days, where the bucket allows that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scims_backup.adapters.s3.lifecycle import (
    LIFECYCLE_RIGHT,
    VERSIONING_RIGHT,
    is_versioned,
    undelete_days,
)
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, described, failure_of, is_denied
from scims_backup.adapters.vaults.s3 import refs, versions
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.domain.errors import DeleteRefusedError


@dataclass
class Removal:
    """Removes archives of one source; asks the bucket once how it keeps what is deleted."""

    access: Access
    source: str

    def remove(self, ref: str) -> None:
        """Remove an archive; one that is not there is removed already.

        Raise DeleteRefusedError if the bucket keeps it, or does not let us see how it keeps what is deleted.
        """
        if self._can_be_undone:
            self._mark(ref)
        else:
            versions.remove(self.access, ref)

    @cached_property
    def _can_be_undone(self) -> bool:
        """Whether a mark of removal suffices: else what it hides would stay, and cost, for ever."""
        client, place = self.access.client, self.access.place
        doing, right = f"cannot check how bucket {place.bucket} keeps deleted objects", VERSIONING_RIGHT
        try:
            if not is_versioned(client, place.bucket):
                return False
            right = LIFECYCLE_RIGHT
            return undelete_days(client, place.bucket, place.key(refs.folder(self.source))) is not None
        except ERRORS as error:
            if is_denied(error):
                raise DeleteRefusedError(
                    f"{doing}: {described(error)}", f"allow {right} in bucket {place.bucket}"
                ) from None
            raise self.access.error(doing, right, error) from None

    def _mark(self, ref: str) -> None:
        """Hide an archive behind a mark of removal; a second mark would hide nothing more."""
        if not self._is_there(ref):
            return
        doing, right = f"cannot remove archive {ref}", "s3:DeleteObject"
        try:
            self.access.client.delete_object(**self.access.object(ref))
        except ERRORS as error:
            if not versions.is_definite(error):
                raise self.access.error(doing, right, error) from None
            raise DeleteRefusedError(
                f"{doing} in {self.access.place}: {described(error)}",
                f"check that {right} is allowed in bucket {self.access.place.bucket}",
            ) from None

    def _is_there(self, ref: str) -> bool:
        try:
            self.access.client.head_object(**self.access.object(ref))
        except ERRORS as error:
            if failure_of(error) is Failure.MISSING:
                return False
            doing = f"cannot look for archive {ref}"
            raise self.access.error(doing, "s3:GetObject and s3:ListBucket", error) from None
        return True
