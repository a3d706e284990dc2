"""Where the tests find PostgreSQL's programs, which `make setup-tests` puts there."""

import re
from pathlib import Path

from localcloud.places import cache_directory

MAJORS = (14, 15, 16, 17, 18)
DEFAULT_MAJOR = 15
_DISTRIBUTION = Path("/usr/lib/postgresql")


class ProgramsMissingError(Exception):
    """PostgreSQL's programs of a major are not on this machine."""


def _servers() -> Path:
    return cache_directory() / "postgresql"


def programs_of(major: int) -> Path:
    """Return the bin/ folder of the newest unpacked server of a major, e.g. …/15.19.0/bin."""
    found = sorted(_servers().glob(f"{major}.*/bin"), key=_version)
    if not found:
        raise ProgramsMissingError(f"no PostgreSQL {major} in {_servers()}: run `make setup-tests`")
    return found[-1]


def programs_with_icu(major: int) -> Path:
    """Return the bin/ folder of the distribution's server of a major, which has ICU."""
    programs = _DISTRIBUTION / str(major) / "bin"
    if not (programs / "postgres").exists():
        raise ProgramsMissingError(f"no PostgreSQL {major} in {_DISTRIBUTION}: apt-get install postgresql")
    return programs


def major_with_icu() -> int | None:
    """Return the newest of our majors that the distribution's packages brought, if any."""
    found = [major for major in MAJORS if (_DISTRIBUTION / str(major) / "bin/postgres").exists()]
    return max(found, default=None)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", str(path)))
