"""The parameters of a service that a URL names, from where libpq looks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from psycopg import pq

from scims_backup.domain.errors import UsageError

_PARAMETERS = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} - {"service"}


def service_in(name: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Read a service's parameters: the first file that has the service wins, as with libpq.

    Raise UsageError if there is none, or it says more than parameters.
    """
    for path in _files(environment):
        try:
            lines = path.read_text(errors="surrogateescape").splitlines()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}", "let this user read it") from error
        found = _section(lines, name, path)
        if found is not None:
            return found
    places = ", ".join(map(str, _files(environment)))
    raise UsageError(
        f"the URL's service {name} is in none of {places}", "write the address into the URL itself"
    )


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("PGSERVICEFILE"):
        yield Path(environment["PGSERVICEFILE"])
    else:
        yield Path("~/.pg_service.conf").expanduser()
    yield Path(environment.get("PGSYSCONFDIR") or "/etc/postgresql-common") / "pg_service.conf"


def _section(lines: list[str], name: str, path: Path) -> dict[str, str] | None:
    found: dict[str, str] | None = None
    for line in map(str.strip, lines):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if found is not None:
                break
            found = {} if line == f"[{name}]" else None
        elif found is not None:
            key, separator, value = line.partition("=")
            if not separator or key not in _PARAMETERS:
                raise UsageError(
                    f"service {name} in {path} contains more than parameters: {key}", "write KEY=VALUE"
                )
            found.setdefault(key, value)
    return found
