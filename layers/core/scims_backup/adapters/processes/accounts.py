"""The user that a sandbox's server runs as: never root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scims_backup.domain.errors import SandboxError

_CAPABILITIES = {"CHOWN": 0, "DAC_OVERRIDE": 1, "KILL": 5, "SETGID": 6, "SETUID": 7}
"""What root needs to start another user's program, reach its files and end it, with the kernel's numbers."""
_OTHER_USER = f"run this as another user, such as postgres, or as root with {', '.join(_CAPABILITIES)}"


@dataclass(frozen=True)
class Account:
    """A user and group to run programs as; none means our own."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def unprivileged(cls, *preferred: str) -> Account:
        """Our own user, or when that is root, the first of some that exists, or nobody.

        Raise SandboxError if there is none, or if this root may not start and end another user's programs.
        """
        if os.geteuid() != 0:
            return cls()
        _refuse_powerless_root()
        names = (*preferred, "nobody")
        for name in names:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise SandboxError(
            f"a sandbox's server does not run as root, and no user {' or '.join(names)} exists",
            "add one to /etc/passwd, or run as another user",
        )

    def process_options(self) -> dict[str, Any]:
        """What subprocess needs to run a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or directory to this user. Raise SandboxError if we may not."""
        if self.uid is None or self.gid is None:
            return
        try:
            os.chown(path, self.uid, self.gid)
        except PermissionError as error:
            raise SandboxError(
                f"{path} cannot be given to the user {self.uid}, as which a sandbox's server runs: "
                f"{error.strerror}",
                _OTHER_USER,
            ) from error


def _refuse_powerless_root() -> None:
    """A container's root may have lost what makes it root. Raise SandboxError."""
    status = Path("/proc/self/status").read_text()
    ours = int(status.partition("CapEff:")[2].split()[0], 16)
    missing = [name for name, number in _CAPABILITIES.items() if not ours >> number & 1]
    if missing:
        raise SandboxError(
            "a sandbox's server does not run as root, and this root lacks the capabilities to run it as"
            f" another user: {', '.join(missing)}",
            _OTHER_USER,
        )
