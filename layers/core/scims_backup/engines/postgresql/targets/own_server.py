"""A server that was made for one drill: nothing on it outlives the drill, and its log can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from scims_backup.engines.postgresql.connect.postgres_errors import scrubbed

LOG_PREFIX = "%e"
"""log_line_prefix: each line of the log begins with its SQLSTATE."""

_LOGGED = re.compile(r"^(?P<state>[0-9A-Z]{5}) (ERROR|FATAL|PANIC):  (?P<text>.*)$")


@dataclass(frozen=True)
class OwnServer:
    """A sandbox's server.

    folder: its directory, on the disk of its data
    log: its log
    """

    folder: Path
    log: Path

    def state_of(self, message: str) -> str | None:
        """Return the SQLSTATE with which it logged a message (without row values); None if it did not."""
        for line in self.log.read_text(errors="replace").splitlines():
            logged = _LOGGED.match(line)
            if logged is not None and scrubbed(logged["text"]) == message:
                return logged["state"]
        return None
