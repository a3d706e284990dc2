"""Uploads that were begun and not completed: no archives, but paid for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.responses import page_of_listing
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, failure_of
from scims_backup.adapters.vaults.s3 import refs
from scims_backup.adapters.vaults.s3.access import Access

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import MultipartUploadTypeDef


def discard(access: Access, source: str, before: datetime) -> int:
    """Abort a source's uploads that began before a moment; return how many. Raise VaultError if one stays."""
    old = [upload for upload in _begun(access, refs.folder(source)) if upload["Initiated"] < before]
    return sum(abort(access, upload["Key"], upload["UploadId"]) for upload in old)


def abort(access: Access, key: str, upload_id: str) -> bool:
    """Abort an upload; False if it is missing. Raise VaultError if it stays."""
    try:
        access.client.abort_multipart_upload(Bucket=access.place.bucket, Key=key, UploadId=upload_id)
    except ERRORS as error:
        if failure_of(error) is Failure.NO_UPLOAD:
            return False
        doing = f"cannot abort the unfinished upload of {key}"
        raise access.error(doing, "s3:AbortMultipartUpload", error) from None
    return True


def stored_bytes(access: Access) -> int:
    """Return what unfinished uploads take, in bytes. Raise VaultError if that cannot be seen."""
    return sum(_part_bytes(access, upload) for upload in _begun(access, ""))


def _begun(access: Access, folder: str) -> list[MultipartUploadTypeDef]:
    prefix = access.place.key(folder)
    with access.doing("cannot list unfinished uploads", "s3:ListBucketMultipartUploads"):
        pages = access.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=access.place.bucket, Prefix=prefix
        )
        listed = [upload for page in pages for upload in page_of_listing(page).get("Uploads", [])]
    # not every store heeds the prefix
    return [upload for upload in listed if upload["Key"].startswith(prefix)]


def _part_bytes(access: Access, upload: MultipartUploadTypeDef) -> int:
    try:
        pages = access.client.get_paginator("list_parts").paginate(
            Bucket=access.place.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
        )
        return sum(part["Size"] for page in pages for part in page_of_listing(page).get("Parts", []))
    except ERRORS as error:
        # completed or aborted meanwhile
        if failure_of(error) is Failure.NO_UPLOAD:
            return 0
        doing = f"cannot measure the unfinished upload of {upload['Key']}"
        raise access.error(doing, "s3:ListMultipartUploadParts", error) from None
