"""Where catalog and vault are, from the one place that a person names."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from scims_backup.domain.errors import UsageError

S3 = "s3://"
RESTIC, PLAIN = "restic", "s3"
_AWS = "https://s3.amazonaws.com"


def places_in_folder(folder: str) -> tuple[str, str]:
    """Return the addresses of catalog and vault. Raise UsageError if the folder is not an absolute path."""
    if not folder.startswith("/"):
        raise UsageError(f"{folder!r} is not an absolute path", "begin it with '/', or with s3://")
    return f"file://{quote(folder)}/catalog", f"restic:{folder}/vault"


def places_in_s3(address: str, kind: str, endpoint: str) -> tuple[str, str]:
    """Return the addresses of catalog and vault. Raise UsageError if the kind of vault is not known.

    kind: `restic` or `s3`; endpoint: the URL of another store than AWS's, else empty
    """
    place = address.rstrip("/")
    if kind not in (RESTIC, PLAIN):
        raise UsageError(f"{kind!r} is not a kind of vault", f"write {RESTIC} or {PLAIN}")
    bucket = place.removeprefix(S3)
    vault = f"restic:s3:{endpoint or _AWS}/{bucket}/vault" if kind == RESTIC else f"{place}/archives"
    return f"{place}/catalog", vault


def name_for(url: str) -> str:
    """Return a name for a source: that of its database, as far as a name can have its characters."""
    parts = urlsplit(url)
    database = unquote(parts.path.strip("/")) or parts.scheme
    return re.sub(r"[^a-z0-9._-]+", "-", database.lower()).strip("-._")[:63] or "source"
