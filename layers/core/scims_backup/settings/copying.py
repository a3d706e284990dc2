"""The table of a settings document that says where a second copy of a source's backups lies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.errors import UsageError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.second_copy import WHICH
from scims_backup.ports.settings_keys import Keys, Written, key
from scims_backup.settings.keeping import read_object_lock
from scims_backup.settings.places import Secret, read_catalog, read_secret, read_vault

_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_CATALOGS, _VAULTS = "file:///DIR or s3://BUCKET/PREFIX", "restic:REPOSITORY or s3://BUCKET/PREFIX"
_MISSING = "write {}: the location of the second copy"


def _matching(form: re.Pattern[str], cure: str) -> Callable[[Written], str]:
    def read(written: Written) -> str:
        if form.fullmatch(written.text()):
            return written.text()
        raise written.unusable(cure)

    return read


def _which(written: Written) -> str:
    if written.value not in WHICH:
        raise written.unusable(f"one of {', '.join(WHICH)}")
    return str(written.value)


def _environment(written: Written) -> Mapping[str, Secret]:
    variables = written.value
    if not isinstance(variables, dict) or not all(map(_VARIABLE.fullmatch, variables)):
        raise written.unusable('write a table of variables: NAME = "env:OTHER"')
    found = {
        name: written.problems.attempt(partial(read_secret, written.under(name)), None) for name in variables
    }
    return {name: secret for name, secret in found.items() if secret is not None}


@dataclass(frozen=True)
class CopySettings(Keys):
    """The `[sources.NAME.copy]` of a settings document; None where the other side is as this one."""

    catalog: Path | S3Place = key(
        read_catalog,
        "catalog of the copies; must differ from the source's own",
        default=Path(),
        missing=_MISSING.format(_CATALOGS),
    )
    vault: str | S3Place = key(
        read_vault,
        "place of the copied archives; must differ from the source's vault",
        default="",
        missing=_MISSING.format(_VAULTS),
    )
    vault_secret: Secret | None = key(read_secret, "location of the restic repository's password")
    encryption_key: str | None = key(Written.text, "KMS key for archives in S3")
    object_lock: ObjectLock | None = key(read_object_lock, "locks for archives in S3")
    which: str = key(
        _which,
        f"what `copy` copies without BACKUP: {' or '.join(f'`{one}`' for one in WHICH)}",
        default=WHICH[0],
    )
    endpoint: str | None = key(
        _matching(_ENDPOINT, "write https://HOST or https://HOST:PORT"),
        "URL of the other side's S3; by default as here",
    )
    region: str | None = key(Written.text, "region of the other side's S3; by default as here")
    profile: str | None = key(Written.text, "AWS profile whose credentials are used")
    role: str | None = key(
        _matching(_ROLE, "write the role's ARN: arn:aws:iam::ACCOUNT:role/NAME"), "ARN of a role to assume"
    )
    external_id: str | None = key(Written.text, "external ID that the role requires")
    credentials: Secret | None = key(read_secret, "location of an access key, as JSON")
    environment: Mapping[str, Secret] = key(
        _environment, "variables for restic, each from a secret", default=MappingProxyType({})
    )

    def conflicts(self, table: Written) -> Iterator[UsageError]:
        """Yield the keys that are for another kind of vault, or need or exclude another key."""
        if isinstance(self.vault, S3Place):
            yield from self._restic_only(table)
        if self.external_id and "role" not in table.table():
            yield UsageError(
                f"{table.at('external_id')} is set without a role", "set the role that requires it"
            )
        if self.profile and self.credentials:
            yield UsageError(f"{table.at('profile')} is set, and credentials too", "keep one of them")

    def _restic_only(self, table: Written) -> Iterator[UsageError]:
        if self.vault_secret:
            yield UsageError(
                f"{table.at('vault_secret')} applies to restic vaults only",
                "remove it: encryption_key is for archives in S3",
            )
        if self.environment:
            yield UsageError(f"{table.at('environment')} applies to restic vaults only", "leave it out")


def refuse_same_place(settings: CopySettings, catalog: Path | S3Place, vault: str | S3Place, at: str) -> None:
    """Raise UsageError if a copy would lie where the original does. at: names the copy's table."""
    elsewhere = bool(settings.endpoint)  # of the same names in another store nothing is known
    if settings.catalog == catalog and not (elsewhere and isinstance(catalog, S3Place)):
        raise UsageError(f"{at}.catalog is the catalog of the source itself", "choose another place")
    if settings.vault == vault and not (elsewhere and isinstance(vault, S3Place)):
        raise UsageError(f"{at}.vault is the vault of the source itself", "choose another place")
