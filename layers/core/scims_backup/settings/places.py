"""Reading where things are: catalog, vault and secret, as the user writes them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scims_backup.domain.errors import UsageError
from scims_backup.settings.model import Secret

_AUTHORITY = re.compile(
    r"((?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})*@)?(\[[^\]]*\]|[^:@\[\]]*)(:\d*)?", re.ASCII | re.IGNORECASE
)
"""User and password, host, and port of an address (RFC 3986, section 3.2)."""


def catalog_folder(text: str, named: str) -> Path:
    """Return the folder of a `file:///DIR` catalog. Raise UsageError if it is something else.

    named: where it was set, for the message.
    """
    parts = urlsplit(text)
    plain = (
        parts.scheme == "file" and parts.netloc in {"", "localhost"} and not (parts.query or parts.fragment)
    )
    folder = Path(unquote(parts.path))
    if not plain or not folder.is_absolute():
        raise UsageError(
            f"catalog {text!r} ({named}) is not supported",
            "a folder is: write file:///DIR with an absolute path, '%20' for a space",
        )
    return folder


def restic_repository(text: str, named: str) -> str:
    """Return the repository of a `restic:REPOSITORY` vault. Raise UsageError if it is something else.

    named: where it was set, for the message.
    """
    kind, _, repository = text.partition(":")
    if kind != "restic" or not repository:
        # The text may hold a password, e.g. rest:https://user:password@host
        raise UsageError(
            f"the vault ({named}) is not supported",
            "a restic repository is: write restic:REPOSITORY, e.g. restic:/backups/scims-db or restic:s3:…",
        )
    if "://" in repository and not _AUTHORITY.fullmatch(_authority(repository)):
        # restic would repeat it, and what does not look like a password is not hidden as one
        raise UsageError(
            f"the address of the vault ({named}) is not understood",
            "write special characters of its user and password as %XX, e.g. %2F for '/'",
        )
    return repository


def _authority(address: str) -> str:
    return re.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0]


def refuse_password(text: str, named: str) -> None:
    """Raise UsageError if a vault typed as a flag carries a password: others could see it."""
    authority = text.partition("//")[2].partition("/")[0]
    if ":" in authority.rpartition("@")[0]:
        raise UsageError(
            f"the vault ({named}) carries a password, which others could read in the list of processes",
            "give it by the environment variable SCIMS_VAULT or the settings document",
        )


def secret_place(text: str, where: str, folder: Path) -> Secret:
    """Read `env:NAME` or `file:PATH`. Raise UsageError if it is neither.

    where: the key, for the message; folder: what a relative path is relative to.
    """
    kind, _, place = text.partition(":")
    if kind not in {"env", "file"} or not place:
        # The text may be the password itself
        raise UsageError(f"{where} is not understood", "write env:NAME or file:PATH, not the password itself")
    return Secret(kind, str(folder / place) if kind == "file" else place)
