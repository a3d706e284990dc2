"""The restic program, bound to one repository: giving it what it needs, and judging how it ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from scims_backup.adapters.processes.watched import KEPT_BYTES, Child
from scims_backup.adapters.vaults.restic import executable
from scims_backup.adapters.vaults.restic.restic_errors import failure, redacted
from scims_backup.adapters.vaults.restic.s3_credentials import for_restic
from scims_backup.domain.errors import UsageError, VaultError, VaultLockedError, VaultUnreachableError

ANSWER_SECONDS = 120.0
"""A short command that takes longer is given up: since 0.17 restic asks a silent server for 15 minutes."""

PASSWORDS = ("RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND")
"""The variables by which restic takes a repository's password."""

_LOCK_WAITS = (0.0, 1.0, 2.0, 4.0, 8.0)
_NOT_FOR_RESTIC = re.compile(r"PG|SCIMS_|RESTIC_(REPOSITORY|PROGRESS_FPS)|LC_ALL$")
_ELSEWHERE = re.compile(r"(?!local:)[a-z0-9]{2,}:")

Result = TypeVar("Result")


def with_password(environment: Mapping[str, str], password: str) -> Mapping[str, str]:
    """Return an environment in which restic finds this password, and no other way to one."""
    others = {name: value for name, value in environment.items() if name not in PASSWORDS}
    return {**others, "RESTIC_PASSWORD": password}


class Program:
    """restic for one repository.

    repository: as RESTIC_REPOSITORY takes it, credentials in it allowed
    environment: of this process, handed on but for the source's secrets: a password command or a remote store
        may need any of it
    sleep: waits this many seconds
    answer_seconds: patience with a short command
    """

    def __init__(
        self,
        repository: str,
        environment: Mapping[str, str],
        sleep: Callable[[float], None],
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._repository = repository
        self._given = environment
        self._sleep = sleep
        self._answer_seconds = answer_seconds

    def __str__(self) -> str:
        return f"the restic repository {redacted(self._repository)}"

    @property
    def version(self) -> str:
        """The version of restic. Raise ToolMissingError if restic is absent or too old."""
        return self._executable.version

    @property
    def is_local(self) -> bool:
        """Whether the repository is a folder of this machine."""
        return not _ELSEWHERE.match(self._repository)

    def opened_by(self, password: str) -> Program:
        """The same repository, opened by another password."""
        environment = with_password(self._given, password)
        return Program(self._repository, environment, self._sleep, self._answer_seconds)

    def answer(self, doing: str, *arguments: str) -> bytes:
        """Run a short command and return what it printed.

        doing: for the message, e.g. `cannot list the archives`. Raise VaultError if it failed.
        """
        return self._answered(doing, arguments, self._answer_seconds)

    def answer_at_last(self, doing: str, *arguments: str) -> bytes:
        """Run a command that takes as long as the repository is large; otherwise as `answer`."""
        return self._answered(doing, arguments, None)

    def _answered(self, doing: str, arguments: Sequence[str], patience: float | None) -> bytes:
        with Child(self._command(*arguments), self._environment, collected=None) as child:
            try:
                code = child.wait(patience)
            except TimeoutError:
                child.stop()
                raise self._silence(doing, child) from None
            if code:
                raise self.failure(doing, child)
            return child.output()

    def start(self, *arguments: str) -> Child:
        """Start a command that prints an archive."""
        return Child(self._command(*arguments), self._environment)

    def start_fed(self, *arguments: str) -> Child:
        """Start a command that reads an archive; on Linux it dies with the thread that called this.

        Else the death of this process would close its input, which it would take for the archive's end.
        """
        command = [*self._executable.tie, *self._command(*arguments)]
        return Child(command, self._environment, fed=True, collected=KEPT_BYTES)

    def failure(self, doing: str, child: Child, *, reading: bool = False) -> VaultError:
        """Return the domain error for a command that has failed.

        reading: whether it was reading an archive's bytes.
        """
        return failure(f"{doing} in {self}", child.wait(), child.errors(), reading=reading)

    def unlocked(self, action: Callable[[], Result]) -> Result:
        """Do something; while it meets a lock, remove it if stale, wait, and do it again.

        Raise VaultLockedError if the lock is still there at the end.
        """
        for seconds in _LOCK_WAITS:
            try:
                return action()
            except VaultLockedError:
                self._sleep(seconds)
                self.unlock()
        return action()

    def unlock(self) -> None:
        """Remove stale locks: of dead processes of this host, or older than 30 minutes; never others."""
        self.answer("cannot remove stale locks", "unlock")

    def _command(self, *arguments: str) -> list[str]:
        # A cache of a local folder would be a second copy of what is as near.
        cache = ["--no-cache"] if self.is_local else []
        return [self._executable.path, *cache, *arguments]

    @cached_property
    def _executable(self) -> executable.Executable:
        return executable.find(self._handed_on)

    @cached_property
    def _handed_on(self) -> Mapping[str, str]:
        return {name: value for name, value in self._given.items() if not _NOT_FOR_RESTIC.match(name)}

    @property
    def _environment(self) -> Mapping[str, str]:
        if not any(self._given.get(name) for name in PASSWORDS):
            raise UsageError(f"no password is given for {self}", f"set one of {', '.join(PASSWORDS)}")
        own = {"LC_ALL": "C", "RESTIC_REPOSITORY": self._repository, "RESTIC_PROGRESS_FPS": "0.0166"}
        return {**self._handed_on, **for_restic(self._repository, self._given), **own}

    def _silence(self, doing: str, child: Child) -> VaultUnreachableError:
        said = failure(doing, child.wait(), child.errors()).message
        return VaultUnreachableError(
            f"{doing} in {self}: no answer within {self._answer_seconds:.0f} s: {said}",
            "check the address, the network and the credentials of the repository",
        )
