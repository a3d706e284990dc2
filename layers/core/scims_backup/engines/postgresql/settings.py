"""The settings that are PostgreSQL's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scims_backup.ports.settings_keys import Keys, Written, key


@dataclass(frozen=True, kw_only=True)
class PostgresqlKeys(Keys):
    """What a PostgreSQL source needs besides the settings of every source."""

    programs: Path | None = key(
        Written.file,
        "directory of PostgreSQL's programs, searched before all others",
        name="",
        variable="SCIMS_POSTGRESQL_BIN",
    )
