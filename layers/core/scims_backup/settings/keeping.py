"""Reading a source's retention policy and Object Lock from a settings document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

from scims_backup.domain.errors import UsageError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.periods import PERIODS, Age
from scims_backup.domain.retention import Policy
from scims_backup.settings.model import SourceSettings
from scims_backup.settings.problems import Problems, nearest

At = Callable[[str], str]

_COUNTS = ("last", *PERIODS)
_KEYS = (*_COUNTS, "within", "time_zone")
_MOST_DAYS = 36_500
"""What S3 allows."""
_MODES: Mapping[str, Literal["GOVERNANCE", "COMPLIANCE"]] = {
    "governance": "GOVERNANCE",
    "compliance": "COMPLIANCE",
}


def retention_in(entries: Mapping[str, Any], at: At, problems: Problems) -> Policy:
    """Read a policy; what is wrong goes to problems. at: names a key of it, for the messages."""
    _known(entries, _KEYS, at, problems)
    read = {key: problems.attempt(partial(_count, entries, key, at), 0) for key in _COUNTS}
    within = problems.attempt(partial(_within, entries, at), Age())
    zone = problems.attempt(partial(_zone, entries, at), ZoneInfo("UTC"))
    return Policy(**read, within=within, zone=zone)


def object_lock_in(entries: Mapping[str, Any], at: At, problems: Problems) -> ObjectLock | None:
    """Read an Object Lock, None if there is none; what is wrong goes to problems."""
    if not entries:
        return None
    _known(entries, ("mode", "days"), at, problems)
    return problems.attempt(partial(_lock, entries, at), None)


def check_object_lock(source: SourceSettings, at: At) -> None:
    """Raise UsageError if a vault is to be locked that knows no Object Lock: nothing would be."""
    if source.object_lock and source.vault and not source.vault.startswith(("s3://", "restic:s3:")):
        raise UsageError(
            f"{at('object_lock')} applies to vaults in S3 only", "remove it, or use s3:// or restic:s3:"
        )


def check_restic_secrets(source: SourceSettings, at: At) -> None:
    """Raise UsageError if the secrets for restic are given to another vault, or are one and the same."""
    given = {"vault_secret": source.vault_secret, "escrow_secret": source.escrow_secret}
    if source.vault and source.vault.startswith("s3://"):
        for key in (key for key, secret in given.items() if secret):
            raise UsageError(
                f"{at(key)} applies to restic vaults only", "remove it: encryption_key is for archives in S3"
            )
    if source.escrow_secret and source.escrow_secret == source.vault_secret:
        raise UsageError(
            f"{at('escrow_secret')} is the same secret as vault_secret",
            "use another secret: the escrow password is for the day when the first one is lost",
        )


def _count(entries: Mapping[str, Any], key: str, at: At) -> int:
    count = entries.get(key, 0)
    if type(count) is not int or count < 0:
        raise UsageError(f"{at(key)} is invalid", "write how many to keep, a whole number from 0")
    return count


def _within(entries: Mapping[str, Any], at: At) -> Age:
    text = entries.get("within")
    if text is None:
        return Age()
    try:
        return Age.parse(text if isinstance(text, str) else "")
    except UsageError:
        raise UsageError(
            f"{at('within')} is invalid", "write an age such as '36h', '14d' or '1y6m'"
        ) from None


def _zone(entries: Mapping[str, Any], at: At) -> ZoneInfo:
    name = entries.get("time_zone", "UTC")
    try:
        return ZoneInfo(name if isinstance(name, str) else "")
    except (KeyError, ValueError, OSError):  # unknown, or no name at all, as the library happens to meet it
        raise UsageError(
            f"{at('time_zone')} is invalid", "write a name of the tz database, such as 'Europe/Berlin'"
        ) from None


def _lock(entries: Mapping[str, Any], at: At) -> ObjectLock:
    mode, days = _MODES.get(str(entries.get("mode"))), entries.get("days")
    if mode is None or type(days) is not int or not 1 <= days <= _MOST_DAYS:
        raise UsageError(
            f"{at('mode')} or days is invalid",
            "write a mode, 'governance' or 'compliance', and days, a whole number from 1 to 36500",
        )
    return ObjectLock(mode, days)


def _known(entries: Mapping[str, Any], known: tuple[str, ...], at: At, problems: Problems) -> None:
    for key in entries:
        if key not in known:
            problems.add(f"{at(key)} is not known", nearest(key, known))
