"""As whom, and where, AWS and what speaks like it are reached, where that is not the process's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.session import Session

from scims_backup.adapters.s3.s3_errors import described
from scims_backup.domain.errors import VaultAccessError

_CREDENTIALS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
)
"""The variables by which programs find credentials, which those of another account must replace."""
_SESSION = "scims-backup"


@dataclass(frozen=True)
class Keys:
    """An access key of a store, or of an account."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Access:
    """What differs from the environment of the process; None where nothing does.

    endpoint: of S3
    profile: of AWS's configuration files
    keys: in place of all other credentials
    role: ARN of a role that is assumed with these, or with the process's own
    external_id: goes with it
    """

    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    keys: Keys | None = None
    role: str | None = None
    external_id: str | None = None

    def session(self) -> Session:
        """Return a session that finds these credentials. A role's are renewed before they expire."""
        base = Session(profile=self.profile)
        if self.keys:
            base.set_credentials(self.keys.key_id, self.keys.secret, self.keys.token)
        if not self.role:
            return base
        assuming = Session(profile=self.profile)
        role = _Role(base, self.role, self.external_id, self.region)
        assuming.register_component("credential_provider", CredentialResolver([role]))
        return assuming

    @property
    def is_as_another(self) -> bool:
        """Whether somebody else is meant than who this process is."""
        return bool(self.profile or self.keys or self.role)

    def check(self) -> None:
        """Assume the configured role. Raise VaultAccessError if that fails."""
        if self.role:
            self._frozen()

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a program reaches the store.

        own: of this process.

        Raise VaultAccessError if there are no credentials.
        """
        region = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region} if self.region else {}
        if not self.is_as_another:
            return {**own, **region}
        others = {name: value for name, value in own.items() if name not in _CREDENTIALS}
        found = self._frozen()
        token = {"AWS_SESSION_TOKEN": found.token} if found.token else {}
        keys = {"AWS_ACCESS_KEY_ID": found.key_id, "AWS_SECRET_ACCESS_KEY": found.secret}
        return {**others, **region, **keys, **token}

    def _frozen(self) -> Keys:
        try:
            credentials = self.session().get_credentials()
            frozen = credentials.get_frozen_credentials() if credentials else None
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            raise VaultAccessError(
                f"cannot get credentials from {self.name}: {described(error)}",
                "check that the role lets you assume it (its trust policy, the external id) and that the "
                "profile exists",
            ) from None
        if frozen is None:
            raise VaultAccessError(
                f"{self.name} provides no credentials", "check the AWS configuration files"
            )
        return Keys(str(frozen.access_key), str(frozen.secret_key), frozen.token)

    @property
    def name(self) -> str:
        """Whose credentials are used, for messages."""
        return self.role or (f"profile {self.profile}" if self.profile else "the credentials")


OWN = Access()
"""As this process itself."""


def region_of(session: Session) -> str | None:
    """The region that a session, or the environment, names: botocore does not know AWS_REGION."""
    return session.get_config_variable("region") or os.environ.get("AWS_REGION")


class _Role(CredentialProvider):
    """Finds the credentials of a role by those of another session."""

    METHOD = "assume-role"

    def __init__(self, base: Session, role: str, external_id: str | None, region: str | None) -> None:
        super().__init__(base)
        self._base, self._role, self._region = base, role, region
        self._names = {"RoleSessionName": _SESSION, **({"ExternalId": external_id} if external_id else {})}

    def load(self) -> DeferredRefreshableCredentials:
        """Return the role's credentials, which are asked for when they are first used."""
        source = self._base.get_credentials()
        if source is None:
            raise NoCredentialsError
        region = self._region or region_of(self._base)
        client = partial(self._base.create_client, region_name=region)
        fetcher = AssumeRoleCredentialFetcher(client, source, self._role, self._names)
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)
