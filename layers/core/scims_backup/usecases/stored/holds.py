"""Holding a backup, so that nothing removes it meanwhile, or for as long as the operator wants it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    CatalogError,
    KeyMissingError,
    NothingToWorkOnError,
    UnderstoodError,
    UsageError,
)
from scims_backup.domain.holds import Hold
from scims_backup.ports import Catalog, Progress


def holds_on(catalog: Catalog, backup: BackupId) -> list[Hold]:
    """Return every hold on a backup, expired ones too."""
    return [keys.hold_of_key(key)[1] for key in catalog.keys(keys.holds_of(backup)) if keys.is_hold(key)]


def put_hold(catalog: Catalog, backup: BackupId, hold: Hold) -> None:
    """Hold a backup. Raise NothingToWorkOnError if it is gone or being removed; then nothing is held.

    The hold comes first and the look after it, as a removal puts its tombstone first and looks for holds
    after it: so at least one of the two sees the other.
    """
    was_there = hold in holds_on(catalog, backup)
    catalog.put_new(keys.hold(backup, hold), hold.to_bytes())
    try:
        _refuse_what_goes(catalog, backup)
    except UnderstoodError as error:
        if not was_there:
            _take_back(catalog, backup, hold, error)
        raise


def _take_back(catalog: Catalog, backup: BackupId, hold: Hold, error: UnderstoodError) -> None:
    try:
        catalog.delete(keys.hold(backup, hold))
    except CatalogError as kept:
        error.add_note(f"{backup} stays held by {hold}: {kept}")


def _refuse_what_goes(catalog: Catalog, backup: BackupId) -> None:
    try:
        catalog.get(keys.manifest(backup))
    except KeyMissingError:
        raise NothingToWorkOnError(
            f"there is no backup {backup}", "list the backups: scims-backup list"
        ) from None
    if any(True for _ in catalog.keys(keys.tombstone(backup))):
        raise NothingToWorkOnError(
            f"backup {backup} is being removed", "choose another backup, or wait for the prune to finish"
        )


@contextmanager
def held(catalog: Catalog, backup: BackupId, hold: Hold, progress: Progress) -> Iterator[None]:
    """Hold a backup while inside; a hold that cannot be released is noted, and expires by itself."""
    put_hold(catalog, backup, hold)
    try:
        yield
    finally:
        _give_back(catalog, backup, hold, progress)


def _give_back(catalog: Catalog, backup: BackupId, hold: Hold, progress: Progress) -> None:
    try:
        catalog.delete(keys.hold(backup, hold))
    except CatalogError as kept:
        progress.note(f"{backup} stays held by {hold}: {kept}")


def set_hold(catalog: Catalog, backup: BackupId, hold: Hold) -> None:
    """Hold a backup in place of the same holder's earlier holds.

    Raise NothingToWorkOnError if it is gone or being removed.
    """
    put_hold(catalog, backup, hold)
    _release(catalog, backup, hold.holder, but=hold)


def release_holds(catalog: Catalog, backup: BackupId, holder: str) -> list[Hold]:
    """Release every hold of a holder, and return them."""
    return _release(catalog, backup, holder)


def _release(catalog: Catalog, backup: BackupId, holder: str, but: Hold | None = None) -> list[Hold]:
    released = [hold for hold in holds_on(catalog, backup) if hold.holder == holder and hold != but]
    for hold in released:
        catalog.delete(keys.hold(backup, hold))
    return released


def is_held_by(holds: Iterable[Hold], holder: str) -> bool:
    """Say whether one of the holds is this holder's."""
    return any(hold.holder == holder for hold in holds)


def refuse_other(selector: str, backup: BackupId, held: Sequence[BackupId]) -> None:
    """Raise UsageError if a selector may mean another backup than the one that was held through it.

    backup: the one that it means now.
    held: all that the operator holds.
    """
    if set(held) <= {backup}:
        return
    names = ", ".join(map(str, sorted(held)))
    raise UsageError(
        f"{selector} is now {backup}, but the operator holds {names}: nothing was released",
        f"name the backup to release: scims-backup unhold {min(held)}",
    )


def still_holding(holds: list[Hold], now: datetime) -> list[Hold]:
    """Return the holds that have not expired."""
    return [hold for hold in holds if hold.until >= now]
