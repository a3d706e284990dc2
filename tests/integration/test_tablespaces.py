"""A source whose database and tables lie in tablespaces of its own, which no sandbox has."""

import tempfile
from pathlib import Path

from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.stored.proofs import load_proof
from tests.support.backups import Workbench
from tests.support.databases import Database
from tests.support.sandboxes import restored_in
from tests.support.servers import PostgresServer

TABLES = "CREATE TABLE here (id int); CREATE TABLE there (id int) TABLESPACE second"


def test_a_database_in_a_tablespace_of_its_own_is_restored_where_there_is_none():
    with PostgresServer() as server:
        for name in ("first", "second"):
            place = server.home / name
            place.mkdir()
            server._own(place)
            server.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'")
        server.create_database("shop", TABLES, options="TABLESPACE first")
        workbench = Workbench(Database(server, "shop"))
        manifest = workbench.take()
    archive = workbench.vault.stored[manifest.archive.ref][1]
    like = load_proof(workbench.catalog, manifest, ENGINES)
    sandboxes = LocalSandboxes(root=Path(tempfile.gettempdir()))
    with sandboxes.open() as sandbox, restored_in(sandbox, archive, like):
        pass
