"""Reading where things are: catalog, vault and secret, as the user writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.errors import UsageError
from scims_backup.ports.settings_keys import Written

_AUTHORITY = re.compile(
    r"((?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})*@)?(\[[^\]]*\]|[^:@\[\]]*)(:\d*)?", re.ASCII | re.IGNORECASE
)
"""User and password, host, and port of an address (RFC 3986, section 3.2)."""
_S3 = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", re.ASCII)
"""Within what every store, and every part of an address, takes as it is."""
_SECRETS = {
    "env": re.compile(r".+"),
    "file": re.compile(r".+"),
    "aws": re.compile(r"[\w/+=.@!:-]{1,2048}", re.ASCII),  # RDS names its own with an exclamation mark
}
"""The kinds of secrets, and what may stand after the colon."""


def catalog_place(text: str, named: str) -> Path | S3Place:
    """Return the folder of a `file:///DIR` catalog, or the place of an `s3://BUCKET/PREFIX` one.

    named: where it was set, for the message. Raise UsageError if it is something else.
    """
    return s3_place(text, named) if text.startswith(_S3) else _folder(text, named)


def vault_place(text: str, named: str) -> str | S3Place:
    """Return the repository of a `restic:REPOSITORY` vault, or the place of an `s3://BUCKET/PREFIX` one.

    named: where it was set, for the message. Raise UsageError if it is something else.
    """
    return s3_place(text, named) if text.startswith(_S3) else _restic_repository(text, named)


def s3_place(text: str, named: str) -> S3Place:
    """Return the place of `s3://BUCKET[/PREFIX]`. Raise UsageError if it is none."""
    bucket, _, prefix = text.removeprefix(_S3).partition("/")
    prefix = prefix.removesuffix("/")
    if not _BUCKET.fullmatch(bucket) or (prefix and not _PREFIX.fullmatch(prefix)):
        raise UsageError(
            f"the place in S3 ({named}) is invalid",
            "write s3://BUCKET/PREFIX; between slashes a prefix has letters, digits, '.', '_' and '-'",
        )
    return S3Place(bucket, prefix)


def _folder(text: str, named: str) -> Path:
    parts = urlsplit(text)
    plain = (
        parts.scheme == "file" and parts.netloc in {"", "localhost"} and not (parts.query or parts.fragment)
    )
    folder = Path(unquote(parts.path))
    if not plain or not folder.is_absolute():
        raise UsageError(
            f"catalog {text!r} ({named}) is not supported",
            "write file:///DIR with an absolute path, '%20' for a space, or s3://BUCKET/PREFIX",
        )
    return folder


def _restic_repository(text: str, named: str) -> str:
    kind, _, repository = text.partition(":")
    if kind != "restic" or not repository:
        # The text may hold a password, e.g. rest:https://user:password@host
        raise UsageError(
            f"the vault ({named}) is not supported",
            "write restic:REPOSITORY, e.g. restic:/backups/scims-db or restic:s3:…, or s3://BUCKET/PREFIX",
        )
    if "://" in repository and not _AUTHORITY.fullmatch(_authority(repository)):
        # restic would repeat it, and what does not look like a password is not hidden as one
        raise UsageError(
            f"the address of the vault ({named}) cannot be parsed",
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
            f"the vault ({named}) contains a password, which other users could read in the process list",
            "pass the address in the environment variable SCIMS_VAULT or in the settings document",
        )


@dataclass(frozen=True)
class Secret:
    """Where a password is, never the password itself: `env:NAME`, `file:PATH` or `aws:NAME-OR-ARN`."""

    kind: str
    where: str

    @property
    def is_remote(self) -> bool:
        """Whether it is in AWS Secrets Manager, which this class does not read."""
        return self.kind == "aws"

    def read(self, environment: Mapping[str, str]) -> str:
        """Return what is in a variable or a file. Raise UsageError that says where nothing was found."""
        value = environment.get(self.where, "") if self.kind == "env" else self._file()
        if not value:
            raise UsageError(f"the secret {self} is empty or not set", "put the password there")
        return value

    def _file(self) -> str:
        try:
            return Path(self.where).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise UsageError(
                f"the secret {self} cannot be read: {reason}", "check the path and its permissions"
            ) from None

    def __str__(self) -> str:
        return f"{self.kind}:{self.where}"


def read_secret(written: Written) -> Secret:
    """Read `env:NAME`, `file:PATH` or `aws:NAME-OR-ARN`. Raise UsageError if it is none of them."""
    kind, _, place = written.text().partition(":")
    if kind not in _SECRETS or not _SECRETS[kind].fullmatch(place):
        # The text may be the password itself
        raise UsageError(
            f"{written} cannot be parsed",
            "write env:NAME, file:PATH or aws:NAME-OR-ARN (of Secrets Manager), not the password itself",
        )
    return Secret(kind, str(written.path_of(place)) if kind == "file" else place)


def read_catalog(written: Written) -> Path | S3Place:
    """Read where a catalog is. Raise UsageError if it is no such place."""
    return catalog_place(written.text(), str(written))


def read_vault(written: Written) -> str | S3Place:
    """Read where a vault is. Raise UsageError if it is no such place."""
    return vault_place(written.text(), str(written))
