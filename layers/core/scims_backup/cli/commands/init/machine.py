"""What `init` finds on this machine: who runs it, what starts commands here, where files are read."""

from __future__ import annotations

import getpass
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.first_steps.answers import Scheduler
from scims_backup.domain.first_steps.files import Folders

_PASSED_ON = (
    "SCIMS_POSTGRESQL_BIN", "SCIMS_REDIS_BIN", "SCIMS_SANDBOX_DIR", "PGPASSFILE", "AWS_PROFILE", "AWS_REGION",
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
)  # fmt: skip
"""Variables that lead to programs, files and servers: what was tried out with them runs with them."""
_OF_SYSTEMD = Path("/run/systemd/system")
"""It exists where systemd runs the machine (sd_booted(3))."""


@dataclass(frozen=True)
class Machine:
    """The machine and the user.

    is_root: whether files of the whole machine can be written
    home: the user's folder
    """

    environment: Mapping[str, str]
    is_root: bool
    home: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Machine:
        """Return this machine, for the user who runs the program."""
        return cls(environment, os.geteuid() == 0, Path(environment.get("HOME") or Path.home()))

    @property
    def user(self) -> str:
        """The name of the user who runs the backups."""
        return getpass.getuser()

    @property
    def scheduler(self) -> Scheduler:
        """What starts commands here."""
        return Scheduler.SYSTEMD if _OF_SYSTEMD.is_dir() else Scheduler.CRON

    @property
    def place(self) -> str:
        """Where backups go by default."""
        return "/var/backups/scims" if self.is_root else str(self.home / "scims-backups")

    def document(self, typed: str | None) -> str:
        """Return the settings document's absolute path. typed: None for the default."""
        default = "/etc/scims-backup" if self.is_root else str(self.home / ".config/scims-backup")
        return str(Path(typed or f"{default}/scims.toml").absolute())

    def folders(self, document: str, schedule_dir: str | None) -> Folders:
        """Return where files go. schedule_dir: None for where they are read."""
        if schedule_dir:
            folder = str(Path(schedule_dir).absolute())
            return Folders(document, folder, f"{folder}/scims-backup")
        if self.is_root:
            return Folders(document, "/etc/systemd/system", "/etc/cron.d/scims-backup")
        beside = str(Path(document).with_name("crontab"))
        return Folders(document, str(self.home / ".config/systemd/user"), beside)

    @property
    def passed_on(self) -> dict[str, str]:
        """The variables that scheduled commands need as well."""
        return {name: self.environment[name] for name in _PASSED_ON if self.environment.get(name)}


def typed_program(program: Sequence[str]) -> list[str]:
    """Return what starts the program, with absolute paths: its script alone if that can be executed."""
    path = Path(program[-1]).absolute()
    if path.is_file() and os.access(path, os.X_OK):
        return [str(path)]
    return list(program)


def short_program(program: Sequence[str]) -> str:
    """Return how a person types the program: its name alone if the shell finds it."""
    name = Path(program[0]).name
    return name if len(program) == 1 and shutil.which(name) == program[0] else " ".join(program)
