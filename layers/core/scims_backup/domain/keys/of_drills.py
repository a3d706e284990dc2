"""The keys of drills."""

from __future__ import annotations

import re

from scims_backup.domain.backup import BackupId, is_stamp

_OF_DRILL = re.compile(r"drills/(?P<source>[^/]+)/(?P<stamp>[^/]+)/(?P<drill>[^/]+)/[^/]+")


def drills(source: str) -> str:
    """The prefix of every drill of a source."""
    return f"drills/{source}/"


def drills_since(source: str) -> str:
    """The key that says since when the drills of a source are watched."""
    return f"{drills(source)}since.json"


def drills_of(backup: BackupId) -> str:
    """The prefix of every drill of one backup."""
    return f"{drills(backup.source)}{backup.stamp}/"


def drill_request(backup: BackupId, drill: str) -> str:
    """The key by which a drill reserves its name."""
    return f"{drills_of(backup)}{drill}/request.json"


def drill_of_key(key: str) -> tuple[BackupId, str] | None:
    """The backup and the name of the drill that a key is about; None if it is about none."""
    match = _OF_DRILL.fullmatch(key)
    if match is None or not is_stamp(match["stamp"]):
        return None
    return BackupId(match["source"], match["stamp"]), match["drill"]


def drill(backup: BackupId, drill: str) -> str:
    """The prefix of everything about one drill."""
    return f"{drills_of(backup)}{drill}/"


def drill_attempt(backup: BackupId, drill: str, word: str, attempt: int) -> str:
    """The key of what became of an attempt to start a drill's task.

    word: `started` reserves it, `task` says which it started, `refused` why it started none.
    """
    return f"{drills_of(backup)}{drill}/{word}-{attempt}.json"


def drill_report(backup: BackupId, drill: str) -> str:
    """The key of a drill's report."""
    return f"{drills_of(backup)}{drill}/report.json"


def drill_verdict(backup: BackupId, drill: str, verdict: str) -> str:
    """The key whose name alone tells a drill's verdict, so that listing suffices."""
    return f"{drills_of(backup)}{drill}/verdict.{verdict}.json"


def is_verdict(key: str) -> bool:
    """Say whether a key is that of a drill's verdict."""
    return key.rpartition("/")[2].startswith("verdict.") and drill_of_key(key) is not None


def drill_signed_off(backup: BackupId, drill: str) -> str:
    """The key that says that somebody answers for a drill in full, by hand."""
    return f"{drills_of(backup)}{drill}/signed-off.json"


def is_signed_off(key: str) -> bool:
    """Say whether a key is that of a signed drill."""
    return key.endswith("/signed-off.json") and drill_of_key(key) is not None
