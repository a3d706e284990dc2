"""Where a restic repository is in S3, to check what restic does not report: older versions and locks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.place import S3Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ADDRESS = re.compile(
    r"s3:(?:(?P<scheme>https?)://|//)?(?:[^/@]*@)?(?P<host>[^/]+)/(?P<bucket>[^/]+)(?:/(?P<prefix>.*))?"
)
"""As restic reads it (internal/backend/s3/config.go); by HTTPS where nothing is said."""
_REGION = re.compile(r"s3[.-](?:dualstack\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True)
class S3Repository:
    """A repository in S3.

    endpoint: its server's address
    region: None if the address names none
    """

    endpoint: str
    place: S3Place
    region: str | None = None

    @classmethod
    def of(cls, address: str) -> S3Repository | None:
        """Read an address as restic does; None if the repository is not in S3."""
        match = _ADDRESS.fullmatch(address)
        if match is None:
            return None
        prefix = "/".join(part for part in (match["prefix"] or "").split("/") if part not in {"", "."})
        region = _REGION.fullmatch(match["host"])
        return cls(
            f"{match['scheme'] or 'https'}://{match['host']}",
            S3Place(match["bucket"], prefix),
            region["region"] if region else None,
        )

    @cached_property
    def client(self) -> S3Client:
        """A client for that server. Raise UsageError or OperationFailedError if none can be made."""
        from scims_backup.adapters.aws.access import Access  # noqa: PLC0415  loads boto3, which is slow
        from scims_backup.adapters.s3.client import new_client  # noqa: PLC0415  as above

        return new_client(Access(self.endpoint, self.region))
