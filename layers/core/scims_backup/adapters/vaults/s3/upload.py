"""One archive as one object, by a multipart upload: nothing exists before it is complete."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from scims_backup.adapters.s3.responses import answer_to_put
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, failure_of
from scims_backup.adapters.vaults.s3 import unfinished, versions
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.adapters.vaults.s3.sending import Sending

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_RIGHT = "s3:PutObject"
_CONFLICT_WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds; the conflict is our own completion, repeated while its first try is still running."""


class Upload:
    """A multipart upload that was begun; one that its process leaves behind is no archive.

    options: for create_multipart_upload
    sleep: waits this many seconds
    """

    def __init__(
        self, access: Access, ref: str, options: dict[str, Any], sleep: Callable[[float], None]
    ) -> None:
        self.ref = ref
        self.bytes = 0
        self._access = access
        self._object = access.object(ref)
        self._sleep = sleep
        self._doing = f"cannot store {ref}"
        self._completing = False
        self._complete = False
        self._sending = Sending(self._send)
        with access.doing(self._doing, _RIGHT):
            begun = access.client.create_multipart_upload(
                **self._object, ChecksumAlgorithm="SHA256", ContentType="application/zstd", **options
            )
        self._upload_id = begun["UploadId"]

    def add(self, number: int, body: bytearray) -> None:
        """Send a part; blocks while the store is behind. Raise VaultError if one failed meanwhile."""
        self._sending.add(number, body)
        self.bytes += len(body)

    def check(self) -> None:
        """Raise VaultError if a part failed."""
        self._sending.check()

    def complete(self) -> None:
        """Make the object of all its parts. Raise VaultError if a part or this failed."""
        parts = self._sending.all_sent()
        self._completing = True
        for wait in (*_CONFLICT_WAITS, None):
            try:
                self._try_to_complete(parts)
                break
            except ERRORS as error:
                if wait is None or failure_of(error) is not Failure.CONFLICT:
                    raise self._access.error(self._doing, _RIGHT, error) from None
            self._sleep(wait)
        self._complete = True

    def abandon(self) -> None:
        """Unless complete, leave nothing behind. Raise VaultError if something may be."""
        self._sending.stop()
        if self._complete:
            return
        try:
            unfinished.abort(self._access, self._object["Key"], self._upload_id)
        finally:
            if self._completing:
                versions.remove(self._access, self.ref)

    def _send(self, number: int, body: bytearray) -> CompletedPartTypeDef:
        checksum = b64encode(hashlib.sha256(body).digest()).decode()
        with self._access.doing(f"{self._doing}, part {number}", _RIGHT):
            sent = self._access.client.upload_part(
                **self._object,
                UploadId=self._upload_id,
                PartNumber=number,
                Body=cast("bytes", body),  # botocore takes it as it is, which spares a copy
                ChecksumSHA256=checksum,
            )
        return {"PartNumber": number, "ETag": answer_to_put(sent)["ETag"], "ChecksumSHA256": checksum}

    def _try_to_complete(self, parts: list[CompletedPartTypeDef]) -> None:
        try:
            answer = self._access.client.complete_multipart_upload(
                **self._object, UploadId=self._upload_id, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
            answer_to_put(answer)
        except ERRORS as error:
            # the client repeats a request whose answer was lost: then it was done already
            if failure_of(error) not in {Failure.NO_UPLOAD, Failure.TAKEN} or not self._is_there():
                raise

    def _is_there(self) -> bool:
        """Say whether the object is there with our length; nobody else uses its key."""
        try:
            return self._access.client.head_object(**self._object)["ContentLength"] == self.bytes
        except ERRORS as error:
            if failure_of(error) is Failure.MISSING:
                return False
            raise
