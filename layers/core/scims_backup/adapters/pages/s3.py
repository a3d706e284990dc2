"""Pages in a bucket, as a browser takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.s3_errors import ERRORS, cure, described, failure_of
from scims_backup.domain.errors import PageError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Pages:
    """Pages under a prefix of a bucket."""

    def __init__(self, client: S3Client, place: S3Place) -> None:
        self._client = client
        self._place = place

    def put(self, name: str, html: str) -> None:
        """Store a page whole, in place of the previous one. Raise PageError if that cannot be done."""
        try:
            self._client.put_object(
                Bucket=self._place.bucket,
                Key=self._place.key(name),
                Body=html.encode(),
                ContentType="text/html; charset=utf-8",
                CacheControl="no-cache",
            )
        except ERRORS as error:
            raise PageError(
                f"the page {name} cannot be stored in {self}: {described(error)}",
                cure(failure_of(error), self._place.bucket, "s3:PutObject"),
            ) from None

    def __str__(self) -> str:
        return str(self._place)
