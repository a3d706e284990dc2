"""The user that a sandbox's server runs as: never root, which PostgreSQL refuses."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scims_backup.domain.errors import SandboxError

_PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user and group to run programs as; none means our own."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def unprivileged(cls) -> Account:
        """Our own user, or when that is root, postgres or nobody. Raise SandboxError if there is neither."""
        if os.geteuid() != 0:
            return cls()
        for name in _PREFERRED:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise SandboxError(
            "PostgreSQL refuses to run as root, and neither user postgres nor user nobody exists",
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
