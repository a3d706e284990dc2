"""The files that `init` writes, with who may read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scims_backup.domain.first_steps.answers import Answers, Scheduler, Secrets
from scims_backup.domain.first_steps.cron import cron_lines
from scims_backup.domain.first_steps.document import settings_document
from scims_backup.domain.first_steps.jobs import Running, jobs_of
from scims_backup.domain.first_steps.systemd import UNITS, systemd_units

_ONLY_OWNER, _EVERYBODY = 0o600, 0o644


@dataclass(frozen=True)
class NewFile:
    """One file. mode: its permissions."""

    path: str
    text: str
    mode: int


@dataclass(frozen=True)
class Folders:
    """Where files go.

    document: the settings document; the secrets are beside it
    units: the folder of systemd's units
    crontab: the file of cron's lines
    """

    document: str
    units: str
    crontab: str

    def secret(self, secret: Secrets) -> str:
        """Return the file of a secret."""
        return f"{self.document.rpartition('/')[0]}/{secret}"


def overwritten(folders: Folders, *, scheduled: bool) -> list[str]:
    """Return the files that would be overwritten, so that nobody answers questions in vain.

    The vault's password is not among them: it is never overwritten. scheduled: whether a schedule is wanted
    """
    secrets = [folders.secret(secret) for secret in Secrets if secret is not Secrets.VAULT]
    schedule = [folders.crontab, *(f"{folders.units}/{name}" for name in UNITS)] if scheduled else []
    return [folders.document, *secrets, *schedule]


def secret_files(secrets: Mapping[Secrets, str], folders: Folders) -> list[NewFile]:
    """Return a file for each secret, which only its owner can read."""
    return [NewFile(folders.secret(name), f"{text}\n", _ONLY_OWNER) for name, text in secrets.items()]


def document_file(answers: Answers, folders: Folders) -> NewFile:
    """Return the settings document, which contains no secret."""
    return NewFile(folders.document, settings_document(answers), _EVERYBODY)


def schedule_files(answers: Answers, running: Running, folders: Folders) -> list[NewFile]:
    """Return what starts the commands: one file for cron, or a unit in each file for systemd."""
    return [NewFile(path, text, _EVERYBODY) for path, text in _schedule(answers, running, folders)]


def _schedule(answers: Answers, running: Running, folders: Folders) -> Iterator[tuple[str, str]]:
    jobs = jobs_of(answers)
    if answers.scheduler is Scheduler.CRON:
        yield folders.crontab, cron_lines(jobs, running)
    elif answers.scheduler is Scheduler.SYSTEMD:
        for name, text in systemd_units(jobs, running).items():
            yield f"{folders.units}/{name}", text
