"""Trying out the answers of `init` with the engine, catalog and vault that they name."""

from __future__ import annotations

import secrets as random_secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scims_backup.adapters.notifiers.apprise_receiver import AppriseReceiver
from scims_backup.adapters.notifiers.reaching import behind_proxy, reach
from scims_backup.adapters.setting_up.new_files import refuse_existing, write_files
from scims_backup.adapters.setting_up.places import first_line, has_repository, kept_secret, try_folder
from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.engines import Registry
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.alert import trial_mail
from scims_backup.domain.first_steps.answers import Answers, Secrets
from scims_backup.domain.first_steps.document import settings_document
from scims_backup.domain.health import Examined
from scims_backup.domain.ping import checked_ping_url, host_and_port
from scims_backup.ports import Progress
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Flags, Needs

__all__ = ["Trials", "kept_secret", "refuse_existing", "write_files"]

_PASSWORD_BYTES = 32
_RECEIVER = "the receiver"


@dataclass(frozen=True)
class Trials:
    """Tries answers out on the very document that will be written; implements ports.asking.Trial.

    unforeseen: gets each exception of a check that is none of the domain's errors
    """

    environment: Mapping[str, str]
    engines: Registry
    progress: Progress
    redactor: Redactor
    unforeseen: Callable[[BaseException], None]

    def check_address(self, url: str) -> None:
        """Raise UsageError unless a URL is the address of a source, without a password in it."""
        self.engines.of_address(url).check_address(url)

    def source(self, answers: Answers, secrets: Mapping[Secrets, str]) -> Sequence[Examined]:
        """Connect to the source and check what a backup of it needs."""
        return self._application(answers, secrets, Needs(url=True)).examine_source(self.unforeseen)

    def vault(self, answers: Answers, secrets: Mapping[Secrets, str]) -> Sequence[Examined]:
        """Check catalog and vault."""
        needs = Needs(url=True, vault=True)
        return self._application(answers, secrets, needs).examine_places(self.unforeseen)

    def folder(self, folder: str) -> None:
        """Create a folder for backups, and write into it. Raise OperationFailedError if that fails."""
        try_folder(Path(folder))

    def receiver(self, source: str, url: str) -> str:
        """Send a test notification and return the answer. Raise NotifierError if it was not taken."""
        self.redactor.learn(url)
        return AppriseReceiver(url, _RECEIVER, self.environment).send(trial_mail([source]))

    def ping(self, url: str) -> None:
        """Connect to the server of a ping URL. Raise UsageError or NotifierError."""
        self.redactor.learn(url)
        host, port = host_and_port(checked_ping_url(url, "the URL"))
        if not behind_proxy(self.environment):
            reach(host, port)

    def read_secret(self, file: str) -> str:
        """Return the first line of a file. Raise UsageError if it cannot be read or is empty."""
        return first_line(Path(file))

    def has_vault(self, folder: str) -> bool:
        """Return whether a restic repository is in a folder."""
        return has_repository(Path(folder) / "vault")

    def new_password(self) -> str:
        """Return a password that nobody can guess."""
        return random_secrets.token_urlsafe(_PASSWORD_BYTES)

    def _application(self, answers: Answers, secrets: Mapping[Secrets, str], needs: Needs) -> Application:
        """Return the use cases for the document of these answers, with its secrets in memory alone."""
        draft, environment = answers, _without_settings(self.environment)
        for secret, text in secrets.items():
            variable = f"SCIMS_INIT_{secret.name}"
            draft = draft.with_secret(secret, f"env:{variable}")
            environment[variable] = text
        environment["SCIMS_SETTINGS"] = settings_document(draft)
        settings = resolve(Flags(source=answers.source), environment, needs, self.engines)
        return Application(settings, environment, self.progress, self.redactor, engines=self.engines)


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would override the document's answers."""
    overriding = {"SCIMS_CONFIG", "SCIMS_CATALOG", "SCIMS_VAULT", "SCIMS_SOURCE", "SCIMS_SOURCE_URL"}
    return {name: value for name, value in environment.items() if name not in overriding}
