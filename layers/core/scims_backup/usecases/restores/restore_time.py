"""How long a function would take for a restore, by what the drills took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scims_backup.domain.dump_time import Pace, Where, predicted
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Catalog
from scims_backup.usecases.drills.past_drills import passed_drills

_ALL_PHASES, _PROVING = ("fetch", "restore", "prove"), ("prove",)


def predicted_restore(catalog: Catalog, manifest: Manifest, *, only_proves: bool) -> timedelta:
    """Predict a restore in a function: as the slowest of the last drills, which were tasks, else a guess.

    only_proves: the database is there already, and is only proven again.
    Raise CatalogError if the catalog cannot be read.
    """
    phases = _PROVING if only_proves else _ALL_PHASES
    return predicted(manifest.archive.bytes, _paces(catalog, manifest, phases))


def _paces(catalog: Catalog, manifest: Manifest, phases: tuple[str, ...]) -> Iterator[Pace]:
    for before, report in passed_drills(catalog, manifest):
        seconds = sum(report.seconds.get(phase, 0.0) for phase in phases)
        if seconds > 0:
            yield Pace(before.archive.bytes, seconds, Where.TASK)
