"""Reading the passwords that the settings name: each once, and known to the redactor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Protocol

from scims_backup.adapters.vaults.restic.escrow import EscrowPassword
from scims_backup.adapters.vaults.restic.program import with_password
from scims_backup.domain.credentials import Credentials, credentials_in, password_in
from scims_backup.ports import Address, AnyEngine
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Secret

_INVOKE = (
    "invoke the function {function}, which adds it (`aws lambda invoke --function-name {function} "
    "answer.json`); if that function does not exist, deploy the stack with EscrowEnrolled=no, which creates "
    "it"
)


class Manager(Protocol):
    """Where secrets are that are not on this machine."""

    def read(self, secret: str) -> str:
        """Return a secret's value. Raise SecretError if it cannot be read."""


def _secrets_manager() -> Manager:
    from scims_backup.adapters.secrets.secrets_manager import secrets_manager  # noqa: PLC0415  loads boto3

    return secrets_manager()


class Secrets:
    """The passwords of one run.

    environment: where secrets named `env:NAME` are.
    redactor: learns every password that is read.
    manager: connects to where the others are, when it is needed.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        redactor: Redactor,
        manager: Callable[[], Manager] = _secrets_manager,
    ) -> None:
        self._environment = environment
        self._redactor = redactor
        self._connect = manager
        self._read: dict[Secret, str] = {}

    def password(self, secret: Secret) -> str:
        """Return a secret that is only a password. Raise UsageError or SecretError if there is none."""
        return self._known(password_in(self._text(secret), str(secret)))

    def address(self, engine: AnyEngine, secret: Secret | None, url: str) -> Address:
        """Return where the source is, with its password; None leaves that to what the environment names.

        url: wins over an address in the secret; empty if there is only that. The environment fills in the
        rest. Raise UsageError if that leads elsewhere; it or SecretError if the secret cannot be read or
        does not hold what is wanted.
        """
        if secret is None:
            plain: Address = engine.address(url, None, self._environment)
            return plain
        address: Address = engine.address(url, self._credentials(secret), self._environment)
        return address if url else self._named(address)

    def administrator(self, engine: AnyEngine, secret: Secret, url: str) -> Address:
        """Return how to log in where is restored to, from a secret that may be JSON wherever it is.

        url: the source's, empty if there is none. Raise as `address` does.
        """
        credentials = credentials_in(self._text(secret), str(secret))
        self._known(credentials.password)
        return self._named(engine.administrator(url, credentials, self._environment))

    def for_restic(self, secret: Secret | None) -> Mapping[str, str]:
        """Return the environment for restic, with the repository's password; None leaves that as it is.

        Raise UsageError or SecretError if the secret cannot be read.
        """
        if secret is None:
            return self._environment
        return with_password(self._environment, self.password(secret))

    def escrow(self, secret: Secret | None, added_by: str = "") -> EscrowPassword | None:
        """Return where the escrow password is; it is read when it must be added. None if there is none.

        added_by: the function that adds it, since we may not read it; empty if we may.
        """
        if secret is None:
            return None
        elsewhere = _INVOKE.format(function=added_by) if added_by else ""
        return EscrowPassword(str(secret), partial(self.password, secret), elsewhere)

    def learn(self, part: str) -> None:
        """Let the redactor know a part of a secret that is one by itself."""
        self._known(part)

    def credentials(self, secret: Secret) -> Credentials:
        """Return who logs in and how, from a secret in JSON. Raise UsageError or SecretError."""
        return self._credentials(secret)

    def _credentials(self, secret: Secret) -> Credentials:
        """Read JSON from Secrets Manager only: elsewhere a password may begin as JSON does."""
        text = self._text(secret)
        name = str(secret)
        found = credentials_in(text, name) if secret.is_remote else Credentials(name, text)
        self._known(found.password)
        return found

    def _text(self, secret: Secret) -> str:
        if secret not in self._read:
            remote = secret.is_remote
            text = self._manager.read(secret.where) if remote else secret.read(self._environment)
            self._read[secret] = self._known(text)
        return self._read[secret]

    @cached_property
    def _manager(self) -> Manager:
        return self._connect()

    def _named(self, address: Address) -> Address:
        """Let the redactor know what a secret calls server, database and role: they are shown."""
        self._redactor.know_names(address.names())
        return address

    def _known(self, text: str) -> str:
        self._redactor.learn(text)
        return text
