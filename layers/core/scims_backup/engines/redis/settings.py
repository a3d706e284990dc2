"""The settings that are Redis' own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scims_backup.ports.settings_keys import Keys, Written, key


@dataclass(frozen=True, kw_only=True)
class RedisKeys(Keys):
    """What a Redis source needs besides the settings of every source."""

    programs: Path | None = key(
        Written.file,
        "directory of the servers of Redis or Valkey that sandboxes run, searched before all others",
        name="",
        variable="SCIMS_REDIS_BIN",
    )
