"""What a person types after `init`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from scims_backup.domain.first_steps.answers import Answers, Scheduler, Secrets
from scims_backup.domain.first_steps.files import Folders
from scims_backup.domain.first_steps.jobs import Running, jobs_of
from scims_backup.domain.first_steps.systemd import unit_name


def next_commands(answers: Answers, running: Running, folders: Folders, program: str) -> Iterator[str]:
    """Yield the commands in order: the first backup and its proof, then what begins the schedule.

    program: how a person types it
    """
    config = shlex.join(["--config", folders.document])
    yield from (f"{program} {command} {config}" for command in ("backup", "drill", "doctor"))
    if Secrets.NOTIFY in answers.secrets:
        yield f"{program} notify --test {config}"
    yield from _begin_schedule(answers, running, folders)


def _begin_schedule(answers: Answers, running: Running, folders: Folders) -> Iterator[str]:
    if answers.scheduler is Scheduler.CRON and not running.system:
        yield f"(crontab -l; cat {shlex.quote(folders.crontab)}) | crontab -"
    if answers.scheduler is Scheduler.SYSTEMD:
        systemctl = "systemctl" if running.system else "systemctl --user"
        timers = " ".join(f"{unit_name(job)}.timer" for job in jobs_of(answers))
        yield f"{systemctl} daemon-reload && {systemctl} enable --now {timers}"
        if not running.system:
            yield "loginctl enable-linger"  # the user's timers run while nobody is logged in
