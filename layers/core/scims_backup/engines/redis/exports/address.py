"""Where a cache is: `elasticache://ID?bucket=BUCKET` or `elasticache://serverless/NAME?bucket=BUCKET`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from scims_backup.domain.errors import UsageError

SCHEME = "elasticache"
_SERVERLESS = "serverless"
_ID = re.compile(r"[a-z](?!.*--)(?:[a-z0-9-]{0,48}[a-z0-9])?", re.IGNORECASE)
"""What ElastiCache takes as the id of a replication group (40 characters), a cluster (50) or a cache (40)."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_FORM = f"write {SCHEME}://ID?bucket=BUCKET, or {SCHEME}://{_SERVERLESS}/NAME?bucket=BUCKET"


@dataclass(frozen=True)
class ElastiCacheAddress:
    """A cache of this account and region; implements ports.Address.

    id: of a replication group or a cluster; of a serverless cache, its name.
    bucket: where AWS exports the snapshots to.
    serverless: whether it is a serverless cache.
    """

    id: str
    bucket: str
    serverless: bool = False

    @classmethod
    def parse(cls, url: str) -> ElastiCacheAddress:
        """Read a URL. Raise UsageError, which does not quote it, unless it is such an address."""
        try:
            parts = urlsplit(url)
            given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError:
            raise UsageError(f"the URL is not an address of {SCHEME}", _FORM) from None
        if parts.scheme.lower() != SCHEME or parts.fragment:
            raise UsageError(f"the URL is not an address of {SCHEME}", _FORM)
        _refuse_log_in(parts)
        return cls(_id(parts), _bucket(given), serverless=_is_serverless(parts))

    def __str__(self) -> str:
        return f"{SCHEME}://{_SERVERLESS}/{self.id}" if self.serverless else f"{SCHEME}://{self.id}"

    def names(self) -> Iterable[str]:
        """Return the cache's id and the bucket."""
        return (self.id, self.bucket)


def _refuse_log_in(parts: SplitResult) -> None:
    if "@" in parts.netloc or ":" in parts.netloc:
        raise UsageError(
            f"an address of {SCHEME} has no user, password or port",
            "leave them out: AWS is spoken to with the credentials of AWS (AWS_*)",
        )


def _is_serverless(parts: SplitResult) -> bool:
    return parts.netloc.lower() == _SERVERLESS and parts.path not in {"", "/"}


def _id(parts: SplitResult) -> str:
    serverless = _is_serverless(parts)
    found = parts.path.strip("/") if serverless else parts.netloc
    if not _ID.fullmatch(found) or (not serverless and parts.path not in {"", "/"}):
        raise UsageError("the URL names no replication group, cluster or serverless cache", _FORM)
    return found.lower()


def _bucket(given: dict[str, str]) -> str:
    bucket = given.pop("bucket", "")
    if given:
        raise UsageError(f"an address of {SCHEME} has no other parameter than bucket", _FORM)
    if not _BUCKET.fullmatch(bucket):
        raise UsageError("the URL names no bucket to export to", _FORM)
    return bucket
