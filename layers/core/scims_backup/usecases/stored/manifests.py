"""What the catalog knows of every backup of a source: the order of their snapshots, verdicts and holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.drill_history import drills_by_stamp, verdict_of
from scims_backup.domain.engine_names import Formats
from scims_backup.domain.errors import DocumentError, KeyMissingError, UnknownEngineError
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Candidate
from scims_backup.domain.witness import SKEW
from scims_backup.ports import Catalog

_AT_ONCE = 8
"""Manifests that are read at once: each is a question over the network."""
BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Before anything: the place of what has no moment, and when no hold has expired."""


class _Taken(Protocol):
    @property
    def backup(self) -> BackupId: ...
    @property
    def taken(self) -> datetime: ...


_T = TypeVar("_T", bound=_Taken)


@dataclass(frozen=True)
class Known:
    """One backup as its manifest describes it.

    manifest: None if this version cannot work with it; then `problem` says why, and `unusable` in few words.
    lacks_engine: whether that is so because this version does not have the engine that made the backup.
    """

    backup: BackupId
    manifest: Manifest | None
    problem: str = ""
    lacks_engine: bool = False

    @property
    def unusable(self) -> str:
        """Why this version cannot work with the manifest, in few words."""
        return "this version does not have its engine" if self.lacks_engine else "its manifest cannot be read"

    @property
    def taken(self) -> datetime:
        """When its snapshot was taken; its stamp's moment if its manifest does not say."""
        if self.manifest is not None:
            return self.manifest.started
        return _stamped(self.backup)

    @property
    def order(self) -> tuple[datetime, str]:
        """What backups of a source are sorted by."""
        return self.taken, self.backup.stamp


def names_of(catalog: Catalog, source: str) -> list[BackupId]:
    """List every backup of a source by stamp, from keys alone; something else may lie beside them."""
    return [keys.backup_of(key) for key in catalog.keys(keys.manifests(source)) if keys.is_manifest(key)]


def known_backups(catalog: Catalog, names: Iterable[BackupId]) -> list[Known]:
    """Read the manifests of backups, and return those that are still there, the oldest snapshot first.

    A stamp does not decide the order: a run that is repeated for an earlier time has that time's stamp, and
    today's data.
    """
    asked = list(names)
    read = partial(_known, catalog)
    if len(asked) <= _AT_ONCE:
        found = map(read, asked)
        return sorted((one for one in found if one is not None), key=lambda one: one.order)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sorted((one for one in pool.map(read, asked) if one is not None), key=lambda one: one.order)


def of_engines(found: Iterable[Known], formats: Formats) -> list[Known]:
    """Return backups so that those of engines that this version does not have count as unreadable."""
    return [_of_engines(one, formats) for one in found]


def _of_engines(one: Known, formats: Formats) -> Known:
    if one.manifest is not None:
        try:
            one.manifest.refuse_unknown_engine(formats)
        except UnknownEngineError as error:
            return Known(one.backup, None, str(error), lacks_engine=True)
    return one


def backups_in_order(catalog: Catalog, source: str) -> list[Known]:
    """Return every backup of a source, the oldest snapshot first."""
    return known_backups(catalog, names_of(catalog, source))


def not_to_come(backups: Sequence[_T], now: datetime) -> Sequence[_T]:
    """Return the backups that are not in the future, allowing for clocks that differ; all, if all are.

    A clock that is far ahead puts a manifest in the future, and so does an attacker who wants it to be the
    newest.
    """
    end = now + SKEW
    past = [one for one in backups if one.taken <= end and _stamped(one.backup) <= end]
    return past or backups


def _stamped(backup: BackupId) -> datetime:
    return backup.moment if is_stamp(backup.stamp) else BEGINNING


def read_manifest(catalog: Catalog, backup: BackupId) -> Manifest:
    """Read a backup's manifest. Raise KeyMissingError if there is none, DocumentError if it is damaged."""
    key = keys.manifest(backup)
    manifest = Manifest.from_bytes(catalog.get(key), key)
    if manifest.backup != backup:
        raise DocumentError(f"{key} is damaged: it is the manifest of {manifest.backup}")
    return manifest


def find_manifest(catalog: Catalog, backup: BackupId) -> Manifest | None:
    """Read a backup's manifest; None if there is none. Raise DocumentError if it is damaged."""
    try:
        return read_manifest(catalog, backup)
    except KeyMissingError:
        return None


def survey(catalog: Catalog, source: str) -> list[Candidate]:
    """Return every backup of a source with its verdict and its holds, the oldest snapshot first."""
    drills = drills_by_stamp(source, catalog.keys(keys.drills(source)))
    holds = holds_by_backup(catalog, source)
    return [
        Candidate(
            one.backup,
            verdict_of(drills.get(one.backup.stamp, ())),
            tuple(holds.get(one.backup, ())),
            one.taken,
        )
        for one in backups_in_order(catalog, source)
    ]


def holds_by_backup(catalog: Catalog, source: str) -> dict[BackupId, list[Hold]]:
    """Return the holds on the backups of a source, expired ones too; listing keys suffices."""
    found: dict[BackupId, list[Hold]] = {}
    for key in filter(keys.is_hold, catalog.keys(keys.holds(source))):
        backup, hold = keys.hold_of_key(key)
        found.setdefault(backup, []).append(hold)
    return found


def _known(catalog: Catalog, backup: BackupId) -> Known | None:
    """One backup; None if it was removed since its key was listed."""
    try:
        return Known(backup, read_manifest(catalog, backup))
    except DocumentError as error:
        return Known(backup, None, str(error))
    except KeyMissingError:
        return None
