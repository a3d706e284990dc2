"""Where in S3 a restic repository lies, read from its address as restic itself reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scims_backup.adapters.s3.place import Place

_OF_AWS = re.compile(r"(^|\.)amazonaws\.com(\.cn)?(:\d+)?$")


@dataclass(frozen=True)
class S3Address:
    """endpoint: the store's URL, None for AWS's own, which is found by the region."""

    endpoint: str | None
    place: Place


def s3_address(repository: str) -> S3Address | None:
    """Return where a repository lies, None for one that is not in S3.

    repository: as restic takes it, `s3:https://HOST/BUCKET/PREFIX`, `s3:HOST/BUCKET/PREFIX` or `s3://HOST/…`.
    """
    if not repository.startswith("s3:"):
        return None
    rest = repository.removeprefix("s3:")
    scheme, parts = "https", urlsplit(f"//{rest.removeprefix('//')}")
    if rest.startswith("http"):
        parts = urlsplit(rest)
        scheme = parts.scheme
    bucket, _, prefix = parts.path.removeprefix("/").partition("/")
    if not (parts.hostname and bucket):
        return None
    endpoint = None if _OF_AWS.search(parts.netloc) else f"{scheme}://{parts.netloc.rpartition('@')[2]}"
    return S3Address(endpoint, Place(bucket, prefix.strip("/")))
