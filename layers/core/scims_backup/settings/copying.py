"""Reading from a settings document where a second copy of a source's backups lies, and how it is reached."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scims_backup.adapters.s3.place import Place
from scims_backup.domain.copying import WHICH
from scims_backup.domain.errors import UsageError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.settings.keeping import object_lock_in
from scims_backup.settings.model import CopySettings, Secret
from scims_backup.settings.places import catalog_place, secret_place, vault_place
from scims_backup.settings.problems import Problems, nearest

_TEXTS = ("encryption_key", "endpoint", "region", "profile", "role", "external_id")
_KEYS = (
    *("catalog", "vault", "vault_secret", "object_lock", "which", "credentials", "environment"),
    *_TEXTS,
)
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class CopyReader:
    """Reads the keys of one `[sources.NAME.copy]`.

    at: names a key of it, for messages; folder: what paths are relative to, None for nothing.
    """

    at: Callable[[str], str]
    folder: Path | None
    problems: Problems

    def text(self, entries: Mapping[str, Any], key: str) -> str | None:
        """Return a text, None if it is not set."""
        value = entries.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self.problems.add(f"{self.at(key)} is invalid", "write a text in quotes")
        return None

    def secret(self, entries: Mapping[str, Any], key: str) -> Secret | None:
        """Return where a secret is, None if it is not set."""
        text = self.text(entries, key)
        if text is None:
            return None
        return self.problems.attempt(lambda: secret_place(text, self.at(key), self.folder), None)

    def matching(self, entries: Mapping[str, Any], key: str, form: re.Pattern[str], cure: str) -> str | None:
        """Return a text of a form, None if it is not set."""
        text = self.text(entries, key)
        if text is not None and not form.fullmatch(text):
            self.problems.add(f"{self.at(key)} is invalid", cure)
        return text


def copy_in(entries: Mapping[str, Any], read: CopyReader) -> CopySettings:
    """Read the table; what is missing or wrong goes to the reader's problems."""
    for key in entries:
        if key not in _KEYS:
            read.problems.add(f"{read.at(key)} is not known", nearest(key, _KEYS))
    vault = _vault(entries, read)
    settings = CopySettings(
        catalog=_catalog(entries, read),
        vault=vault,
        vault_secret=read.secret(entries, "vault_secret"),
        encryption_key=read.text(entries, "encryption_key"),
        object_lock=_lock(entries, read),
        which=_which(entries, read),
        endpoint=read.matching(entries, "endpoint", _ENDPOINT, "write https://HOST or https://HOST:PORT"),
        region=read.text(entries, "region"),
        profile=read.text(entries, "profile"),
        role=read.matching(entries, "role", _ROLE, "write the role's ARN: arn:aws:iam::ACCOUNT:role/NAME"),
        external_id=read.text(entries, "external_id"),
        credentials=read.secret(entries, "credentials"),
        environment=_environment(entries, read),
    )
    _check(settings, read)
    return settings


def _catalog(entries: Mapping[str, Any], read: CopyReader) -> Path | Place:
    text = _needed(entries, "catalog", "file:///DIR or s3://BUCKET/PREFIX", read)
    otherwise: Path | Place = Path()
    place = partial(catalog_place, text, read.at("catalog"))
    return read.problems.attempt(place, otherwise) if text else otherwise


def _vault(entries: Mapping[str, Any], read: CopyReader) -> str | Place:
    text = _needed(entries, "vault", "restic:REPOSITORY or s3://BUCKET/PREFIX", read)
    otherwise: str | Place = ""
    place = partial(vault_place, text, read.at("vault"))
    return read.problems.attempt(place, otherwise) if text else otherwise


def _needed(entries: Mapping[str, Any], key: str, form: str, read: CopyReader) -> str:
    if key not in entries:
        read.problems.add(f"{read.at(key)} is missing", f"write {form}: the location of the second copy")
    return read.text(entries, key) or ""


def _which(entries: Mapping[str, Any], read: CopyReader) -> str:
    which = entries.get("which", WHICH[0])
    if which not in WHICH:
        read.problems.add(f"{read.at('which')} is invalid", f"one of {', '.join(WHICH)}")
    return str(which)


def _lock(entries: Mapping[str, Any], read: CopyReader) -> ObjectLock | None:
    lock = entries.get("object_lock", {})
    if not isinstance(lock, dict):
        read.problems.add(f"{read.at('object_lock')} is invalid", "write a table")
        return None
    return object_lock_in(lock, lambda key: read.at(f"object_lock.{key}"), read.problems)


def _environment(entries: Mapping[str, Any], read: CopyReader) -> dict[str, Secret]:
    variables = entries.get("environment", {})
    if not isinstance(variables, dict) or not all(map(_VARIABLE.fullmatch, variables)):
        read.problems.add(
            f"{read.at('environment')} is invalid", 'write a table of variables: NAME = "env:OTHER"'
        )
        return {}
    inner = CopyReader(lambda key: read.at(f"environment.{key}"), read.folder, read.problems)
    found = {name: inner.secret(variables, name) for name in variables}
    return {name: secret for name, secret in found.items() if secret is not None}


def _check(settings: CopySettings, read: CopyReader) -> None:
    """What does not go together."""
    is_plain = isinstance(settings.vault, Place)
    if is_plain and settings.vault_secret:
        read.problems.add(
            f"{read.at('vault_secret')} applies to restic vaults only",
            "remove it: encryption_key is for archives in S3",
        )
    if is_plain and settings.environment:
        read.problems.add(f"{read.at('environment')} applies to restic vaults only", "leave it out")
    if settings.external_id and not settings.role:
        read.problems.add(f"{read.at('external_id')} is set without a role", "set the role that requires it")
    if settings.profile and settings.credentials:
        read.problems.add(f"both {read.at('profile')} and credentials are set", "keep one of them")


def refuse_same_place(settings: CopySettings, catalog: Path | Place, vault: str | Place, at: str) -> None:
    """Raise UsageError if a copy would lie where the original does. at: names the copy's table."""
    elsewhere = bool(settings.endpoint)  # of the same names in another store nothing is known
    if settings.catalog == catalog and not (elsewhere and isinstance(catalog, Place)):
        raise UsageError(f"{at}.catalog is the catalog of the source itself", "choose another place")
    if settings.vault == vault and not (elsewhere and isinstance(vault, Place)):
        raise UsageError(f"{at}.vault is the vault of the source itself", "choose another place")
