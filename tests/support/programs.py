"""Where the tests find PostgreSQL's programs, which `make setup-tests` puts there."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from localcloud.places import cache_directory

MAJORS = (14, 15, 16, 17, 18)
DEFAULT_MAJOR = 15
_DISTRIBUTION = Path("/usr/lib/postgresql")


_NEWEST_EVERYWHERE = "SCIMS_TEST_NEWEST"
"""Set to anything: every test runs on the newest minors, where they were had."""


class Newest(int):
    """A major, in the newest minor that Debian offers: its servers have what the pinned wheels do not."""

    def __repr__(self) -> str:
        """Name it in a test's id."""
        return f"{int(self)}-newest"

    __str__ = __repr__


class ProgramsMissingError(Exception):
    """PostgreSQL's programs of a major are not on this machine."""


def _servers() -> Path:
    return cache_directory() / "postgresql"


def programs_of(major: int) -> Path:
    """Return the bin/ folder of a major's server: the wheel's, e.g. …/15.19.0/bin, or Debian's newest."""
    if isinstance(major, Newest) or (major in NEWEST and _NEWEST_EVERYWHERE in os.environ):
        return _newest()[major]
    found = sorted(_servers().glob(f"{major}.*/bin"), key=_version)
    if not found:
        raise ProgramsMissingError(f"no PostgreSQL {major} in {_servers()}: run `make setup-tests`")
    return found[-1]


def programs_with_icu(major: int) -> Path:
    """Return the bin/ folder of a server of a major that the distribution built, which has ICU."""
    if major in NEWEST:
        return _newest()[major]
    programs = distribution_programs(int(major))
    if programs is None:
        raise ProgramsMissingError(f"no PostgreSQL {major} in {_DISTRIBUTION}: apt-get install postgresql")
    return programs


def distribution_programs(major: int) -> Path | None:
    """Return the bin/ folder of the server that this machine has installed, if it has one of a major."""
    programs = _DISTRIBUTION / str(major) / "bin"
    return programs if (programs / "postgres").exists() else None


def major_with_icu() -> int | None:
    """Return the newest of our majors of which there is a distribution's build, if any."""
    found = [int(major) for major in NEWEST]
    found += [major for major in MAJORS if distribution_programs(major) is not None]
    return max(found, default=None)


def said_of_newest() -> Iterator[str]:
    """Yield what `make setup-tests` found to be the newest minors, and what it could not have, in words."""
    for said in sorted(_newest_servers().glob("*/said")):
        major, version, *words = said.read_text().split()
        had = f"{version} (Debian {said.parent.name})" if version != "-" else "not had"
        yield f"PostgreSQL {major}: {had}{': ' if words else ''}{' '.join(words)}"


def _newest_servers() -> Path:
    return cache_directory() / "newest-postgresql"


def _newest() -> dict[int, Path]:
    """Major → bin/ folder of its newest minor, where one was had that is newer than the wheel's."""
    found = _newest_servers().glob("*/[0-9]*/usr/lib/postgresql/*/bin")
    newest = {int(programs.parent.name): programs for programs in sorted(found)}
    return {major: programs for major, programs in newest.items() if _is_newer(programs, major)}


def _is_newer(programs: Path, major: int) -> bool:
    """Say whether a mirror's newest minor is newer than the wheel: one without security updates lags."""
    version = _version(programs.relative_to(_newest_servers()).parts[1])
    return all(version > _version(wheel.parent.name) for wheel in _servers().glob(f"{major}.*/bin"))


def _version(path: Path | str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", str(path)))


NEWEST = tuple(Newest(major) for major in _newest())
"""Those that this machine has; a run's last lines say which they are."""
