"""The commands that run every night and every week, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scims_backup.domain.first_steps.answers import Answers
from scims_backup.domain.first_steps.times import Daily, Weekly

_PRUNE_HOURS = 1
_RECLAIM_HOURS = 2


@dataclass(frozen=True)
class Running:
    """How a command is run.

    program: with which arguments it begins, the program's absolute path first
    config: the settings document
    user: who runs it
    environment: variables that it needs, none of them a secret
    system: whether it runs for the machine, else for the user alone
    notifies: whether the document names a receiver
    """

    program: Sequence[str]
    config: str
    user: str
    environment: Mapping[str, str] = field(default_factory=dict)
    system: bool = True
    notifies: bool = False

    def arguments(self, command: str) -> list[str]:
        """Return the command line of one command, for all sources of the document."""
        return [*self.program, command, "--all", "--quiet", "--config", self.config]


@dataclass(frozen=True)
class Job:
    """One command, and when it runs.

    title: what it does
    reported: whether its answer is worth a mail of cron
    """

    command: str
    title: str
    when: Daily | Weekly
    reported: bool = False


def jobs_of(answers: Answers) -> list[Job]:
    """Return what runs: the backup, then the prune; every week the drill, then reclaim."""
    pruned, _ = answers.backup.later(_PRUNE_HOURS)
    jobs = [
        Job("backup", "Back up all sources", answers.backup),
        Job("prune", "Remove the backups that the retention policy does not keep", pruned),
        Job("drill", "Restore the newest backups and prove that they equal the sources", answers.drill, True),
    ]
    if answers.vault.startswith("restic:"):
        again = answers.drill.later(_RECLAIM_HOURS)
        jobs.append(Job("reclaim", "Free the space of removed backups", again))
    return jobs
