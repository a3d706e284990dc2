"""Finding restic, in a version that will do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.adapters.processes.watched import Child
from scims_backup.domain.errors import ToolMissingError

OLDEST = (0, 14)
"""Earlier ones know no repository version 2, hence no compression."""

_VERSION = re.compile(r"restic ((\d+)\.(\d+)[.\w-]*)")
_GET_IT = "install restic 0.14 or newer, e.g. by `apt-get install restic`"
_SECONDS = 30.0


@dataclass(frozen=True)
class Executable:
    """A restic that was found.

    tie: the prefix that lets a child die with us, empty if there is none.
    """

    path: str
    version: str
    tie: tuple[str, ...]


def find(environment: Mapping[str, str]) -> Executable:
    """Look for restic in the environment's PATH. Raise ToolMissingError if it is absent or too old."""
    places = environment.get("PATH", "")
    path = shutil.which("restic", path=places)
    if path is None:
        raise ToolMissingError(f"the program restic was not found in PATH ({places})", _GET_IT)
    return Executable(path, _version(path, environment), _tie(environment))


def _version(path: str, environment: Mapping[str, str]) -> str:
    with Child([path, "version"], environment, collected=None) as child:
        child.wait(_SECONDS)
        said = child.output().decode(errors="replace").strip()
    match = _VERSION.match(said)
    if match is None:
        raise ToolMissingError(f"{path} does not report its version: {said!r}", _GET_IT)
    if (int(match[2]), int(match[3])) < OLDEST:
        raise ToolMissingError(f"{path} is restic {match[1]}, which is too old", _GET_IT)
    return match[1]


def _tie(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Linux's setpriv, unless it is missing or too simple (busybox)."""
    setpriv = shutil.which("setpriv", path=environment.get("PATH", ""))
    if setpriv is None:
        return ()
    tie = (setpriv, "--pdeathsig", "KILL")
    with Child([*tie, "true"], environment, collected=None) as trial:
        works = trial.wait(_SECONDS) == 0
    return tie if works else ()
