"""The cron lines that `init` writes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from scims_backup.domain.first_steps.jobs import Job, Running
from scims_backup.domain.first_steps.times import DAYS, Daily, Weekly


def cron_lines(jobs: Sequence[Job], running: Running) -> str:
    """Return a file for /etc/cron.d, or, for the user alone, for `crontab`."""
    return "".join(f"{line}\n" for line in [*_head(running), *(_line(job, running) for job in jobs)])


def _head(running: Running) -> Iterator[str]:
    yield "# Written by `scims-backup init`. cron mails warnings, failures and the answer of the drill."
    yield from (f"{name}={value}" for name, value in running.environment.items())


def _line(job: Job, running: Running) -> str:
    user = f"{running.user}  " if running.system else ""
    # in a crontab, a percent sign that is not escaped ends the command
    command = shlex.join(running.arguments(job.command)).replace("%", r"\%")
    return f"{_when(job.when)}  {user}{command}{'' if job.reported else ' >/dev/null'}"


def _when(when: Daily | Weekly) -> str:
    if isinstance(when, Weekly):
        return f"{when.time.minute} {when.time.hour} * * {DAYS.index(when.day)}"
    return f"{when.minute} {when.hour} * * *"
