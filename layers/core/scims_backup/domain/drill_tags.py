"""The tags of a task, a server or a secret that a drill made: whose it is, and when it has expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.backup import BackupId

DRILL_TAG = "scims:drill"
_EXPIRES_TAG, _STACK_TAG = "scims:expires", "scims:stack"


@dataclass(frozen=True)
class DrillTags:
    """Tags that were read.

    drill: which one, as `drill_tag` writes it.
    expires: None if the tag is missing or no moment; then somebody else wrote it, and nothing expires.
    stack: empty if the tag is missing.
    """

    drill: str
    expires: datetime | None
    stack: str = ""

    @classmethod
    def among(cls, tags: Mapping[str, str]) -> DrillTags | None:
        """Read the tags of a thing; None if it is no drill's."""
        if DRILL_TAG not in tags:
            return None
        return cls(tags[DRILL_TAG], _moment(tags.get(_EXPIRES_TAG, "")), tags.get(_STACK_TAG, ""))

    def written(self) -> dict[str, str]:
        """Return the tags, by their keys."""
        expires = {_EXPIRES_TAG: self.expires.isoformat()} if self.expires else {}
        return {DRILL_TAG: self.drill, **expires, **({_STACK_TAG: self.stack} if self.stack else {})}

    def have_expired(self, now: datetime) -> bool:
        """Say whether nobody wants the thing any more."""
        return self.expires is not None and self.expires <= now


def drill_tag(backup: BackupId, drill: str) -> str:
    """Return what the tag says of a drill."""
    return f"{backup}/{drill}"


def _moment(text: str) -> datetime | None:
    """Return a moment with its time zone, None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
