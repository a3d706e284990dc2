"""A client for S3, made from the environment of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws import client
from scims_backup.adapters.aws.access import OWN, Access

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def new_client(access: Access = OWN) -> S3Client:
    """Make a client of S3, as `adapters.aws.client.new_client` does, and raise what it raises."""
    return cast("S3Client", client.new_client("s3", access))
