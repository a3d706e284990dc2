"""The drills of backups, read from the names of the catalog's keys: listing them is enough."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Verdict

_OF_DRILL = re.compile(
    r"(?P<stamp>[^/]+)/(?P<name>[^/]+)/"
    r"(?:verdict\.(?P<verdict>passed|failed|inconclusive)\.json|[^/]+)"
)


_WORST_FIRST = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED, None)


@dataclass(frozen=True)
class Drill:
    """One drill of a backup; verdict is None while it runs, or if it was killed, and the worst of several."""

    name: str
    verdict: Verdict | None


def drills_by_stamp(source: str, found: Iterable[str]) -> dict[str, tuple[Drill, ...]]:
    """Read drills and verdicts from the names of keys alone: stamp → drills, oldest first."""
    drills: dict[str, dict[str, Verdict | None]] = {}
    for key in found:
        match = _OF_DRILL.fullmatch(key.removeprefix(keys.drills(source)))
        if match is None:
            continue
        of_backup = drills.setdefault(match["stamp"], {})
        said = Verdict(match["verdict"]) if match["verdict"] else None
        of_backup[match["name"]] = min(said, of_backup.get(match["name"]), key=_WORST_FIRST.index)
    return {
        stamp: tuple(Drill(name, named[name]) for name in sorted(named)) for stamp, named in drills.items()
    }


def deciding_drill(drills: Iterable[Drill]) -> Drill | None:
    """The newest drill that was conclusive, else the newest inconclusive one."""
    ended = [drill for drill in drills if drill.verdict is not None]
    conclusive = [drill for drill in ended if drill.verdict is not Verdict.INCONCLUSIVE]
    return next(reversed(conclusive or ended), None)


def verdict_of(drills: Iterable[Drill]) -> Verdict | None:
    """The verdict of a backup: that of the drill that decides; None before any has ended."""
    deciding = deciding_drill(drills)
    return None if deciding is None else deciding.verdict


def backups_once_proven(source: str, found: Iterable[str]) -> frozenset[BackupId]:
    """Return every backup of which any key says that a drill passed, whatever others say."""
    passed = [key for key in found if key.endswith(f"/verdict.{Verdict.PASSED}.json")]
    about = [keys.drill_of_key(key) for key in passed if key.startswith(keys.drills(source))]
    return frozenset(one[0] for one in about if one is not None)
