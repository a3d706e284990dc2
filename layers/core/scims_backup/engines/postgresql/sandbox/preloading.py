"""Which libraries a sandbox preloads: those without which the source's extensions cannot be created."""

from __future__ import annotations

from collections.abc import Iterator

from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.proof import Server

PRELOADED = "shared_preload_libraries"
"""The fact of a proof that says what the source preloads, where its role may know."""

_MUST_BE_PRELOADED = frozenset({"citus", "pg_cron", "pg_squeeze", "pgaudit", "pglogical", "timescaledb"})
_PLACES = ("lib", "lib/postgresql")
_NOTHING_RUNS = {"max_worker_processes": "0"}
"""An extension's background workers would work in the restored database: pg_cron would run its jobs."""


def preloading(like: Server, programs: ClientPrograms) -> dict[str, str]:
    """Return the settings that preload what the source's extensions need and this machine has."""
    libraries = [library for library in _wanted(like) if _is_installed(library, programs)]
    if not libraries:
        return {}
    own = {"cron.database_name": like.database} if "pg_cron" in libraries else {}
    return {PRELOADED: ",".join(libraries), **own, **_NOTHING_RUNS}


def _wanted(like: Server) -> Iterator[str]:
    in_source = {name.strip().rpartition("/")[2] for name in like.facts.get(PRELOADED, "").split(",")}
    for fact in like.facts:
        extension = fact.removeprefix("extension ")
        if extension != fact and (extension in _MUST_BE_PRELOADED or extension in in_source):
            yield extension


def _is_installed(library: str, programs: ClientPrograms) -> bool:
    root = programs.directory.parent
    return any((root / place / f"{library}.so").exists() for place in _PLACES)
