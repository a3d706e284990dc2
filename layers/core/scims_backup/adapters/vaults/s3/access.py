"""How the vault reaches its bucket, and what it makes of the bucket's refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.object_reader import ObjectName
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, cure, described, failure_of
from scims_backup.domain.errors import (
    VaultAccessError,
    VaultError,
    VaultFullError,
    VaultGoneError,
    VaultUnreachableError,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KINDS: dict[Failure, type[VaultError]] = {
    Failure.NO_BUCKET: VaultGoneError,
    Failure.REFUSED: VaultAccessError,
    Failure.FULL: VaultFullError,
    Failure.UNREACHABLE: VaultUnreachableError,
}


@dataclass(frozen=True)
class Access:
    """A client, which threads share, and the place in a bucket that it works on."""

    client: S3Client
    place: S3Place

    def object(self, name: str) -> ObjectName:
        """Return how requests name an object of the place."""
        return {"Bucket": self.place.bucket, "Key": self.place.key(name)}

    @contextmanager
    def doing(self, what: str, right: str) -> Iterator[None]:
        """Turn the client's failures into errors of the vault.

        what, right: as for `error`.
        """
        try:
            yield
        except ERRORS as error:
            raise self.error(what, right, error) from None

    def error(self, what: str, right: str, error: S3Error) -> VaultError:
        """Return the vault's error for a failure.

        what: has failed, e.g. `cannot list the archives`.
        right: it needs, e.g. `s3:ListBucket`.
        """
        failure = failure_of(error)
        return _KINDS.get(failure, VaultError)(
            f"{what} in {self.place}: {described(error)}", cure(failure, self.place.bucket, right)
        )
