"""The clock of a store, which dates versions in whole seconds."""

from __future__ import annotations

import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def end_of_second(client: S3Client, bucket: str) -> datetime:
    """Wait until the store's clock shows another second; return the one that is over."""
    before = now = _time(client, bucket)
    while now == before:
        time.sleep(0.05)
        now = _time(client, bucket)
    return before


def _time(client: S3Client, bucket: str) -> datetime:
    answer = client.head_bucket(Bucket=bucket)
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
