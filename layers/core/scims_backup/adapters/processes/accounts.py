"""The user that a sandbox's server runs as: never root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scims_backup.domain.errors import SandboxError


@dataclass(frozen=True)
class Account:
    """A user and group to run programs as; none means our own."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def unprivileged(cls, *preferred: str) -> Account:
        """Our own user, or when that is root, the first of some that exists, or nobody.

        Raise SandboxError if there is none.
        """
        if os.geteuid() != 0:
            return cls()
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
        """Give a file or directory to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
