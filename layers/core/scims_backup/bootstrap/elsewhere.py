"""The other side of a second copy: its settings, and as whom its stores are reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.domain.decoding import NULLABLE, decode
from scims_backup.domain.errors import SecretError
from scims_backup.settings.model import CopySettings, Secret, Settings

if TYPE_CHECKING:
    from scims_backup.adapters.aws.access import Access, Keys

_FORM = '{"access_key_id": …, "secret_access_key": …}, optionally with "session_token"'


@dataclass(frozen=True)
class Elsewhere:
    """The other side.

    environment: of its restic.
    access: how its S3 is reached, None if it has none.
    """

    settings: Settings
    environment: Mapping[str, str]
    access: Access | None


def elsewhere(settings: Settings, own: Mapping[str, str], secrets: Secrets) -> Elsewhere:
    """Return the other side that the settings name. own: the environment of this process.

    Raise UsageError if they name none, it or SecretError if a secret cannot be read, VaultAccessError if a
    role's or a profile's credentials cannot be had.
    """
    copy = settings.second
    by_restic = isinstance(copy.vault, str) and S3Repository.of(copy.vault) is not None
    by_us = isinstance(copy.catalog, S3Place) or isinstance(copy.vault, S3Place)
    access = _access(copy, secrets) if by_restic or by_us else None
    environment = access.environment(own) if access and by_restic else own
    extra = {name: secrets.password(secret) for name, secret in copy.environment.items()}
    return Elsewhere(settings.of_copy, {**environment, **extra}, access)


def _access(copy: CopySettings, secrets: Secrets) -> Access:
    from scims_backup.adapters.aws.access import Access  # noqa: PLC0415  loads botocore, which is slow

    return Access(
        endpoint=copy.endpoint,
        region=copy.region,
        profile=copy.profile,
        keys=_keys(copy.credentials, secrets) if copy.credentials else None,
        role=copy.role,
        external_id=copy.external_id,
    )


def _keys(secret: Secret, secrets: Secrets) -> Keys:
    from scims_backup.adapters.aws.access import Keys  # noqa: PLC0415  as above

    text = secrets.password(secret)
    try:
        stored = decode(_StoredKey, json.loads(text))
    except (ValueError, RecursionError):
        raise SecretError(f"the secret {secret} is not an access key", f"store {_FORM} there") from None
    secrets.learn(stored.secret_access_key)
    return Keys(stored.access_key_id, stored.secret_access_key, stored.session_token)


@dataclass(frozen=True)
class _StoredKey:
    access_key_id: str
    secret_access_key: str
    session_token: str | None = field(default=None, metadata=NULLABLE)
