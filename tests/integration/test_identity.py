"""Nothing is proven but on the server, and in the database, that was made: names may lead elsewhere."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from scims_backup.domain.errors import OtherServerError
from scims_backup.domain.level import Level
from scims_backup.domain.questions import Questions
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import connected
from scims_backup.engines.postgresql.connect.identity import identity_of
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from scims_backup.engines.postgresql.targets.server import TargetServer
from scims_backup.usecases.restores.restore_backup import RestoreRequest
from tests.fakes import RecordedProgress
from tests.support.backups import Workbench
from tests.support.restores import Restoring
from tests.support.sandboxes import resembling
from tests.support.servers import PostgresServer

_CONTENT = "CREATE TABLE t AS SELECT n AS id FROM generate_series(1, 9) AS n"


@pytest.fixture(scope="module")
def servers():
    with PostgresServer() as one, PostgresServer() as other:
        yield one, other


@pytest.fixture
def name():
    """A host that leads where it is bent to, as a name with several servers behind it does."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory) / "name"


def lead(name, server):
    name.unlink(missing_ok=True)
    name.symlink_to(server.home)


@pytest.fixture
def restored(servers, name, new_database):
    """A restore in memory whose target is called by the name, and what it restored to."""
    live = new_database(servers[0])
    live.execute(_CONTENT)
    lead(name, servers[0])
    made = Restoring(Workbench(live), live)
    restoring = made.restoring(Address.parse(live.url).with_parameters(host=str(name)))
    done = restoring.run(made.manifest, RestoreRequest())
    assert done.report.findings == ()
    yield restoring.target, done.database
    for server in servers:
        server.drop_database(done.database)


def prove(database):
    return database.prove(Level.FULL, RecordedProgress())


def test_a_restored_database_is_proven_under_its_new_name(restored):
    target, name = restored
    assert prove(target.database(name)).measure().proven == 9


def test_a_name_that_leads_to_another_server_after_the_restore_is_noticed(restored, servers, name):
    target, database = restored
    servers[1].create_database(database, _CONTENT)
    lead(name, servers[1])
    found = target.database(database)
    for looking in (lambda: prove(found), lambda: found.check(None, Questions())):
        with pytest.raises(OtherServerError, match=r"a different server than intended.*nothing was proven"):
            looking()


def test_a_database_that_was_made_again_under_the_name_is_noticed(restored, servers):
    target, database = restored
    servers[0].drop_database(database)
    servers[0].create_database(database, _CONTENT)
    with pytest.raises(OtherServerError, match="is not the database that was created"):
        prove(target.database(database))


@pytest.fixture
def sandbox():
    with tempfile.TemporaryDirectory(dir="/tmp") as root:
        Path(root).chmod(0o755)
        with LocalSandboxes(root=Path(root)).open() as sandbox:
            sandbox.start(resembling())
            yield sandbox


def test_a_sandbox_is_the_cluster_that_was_initialised(sandbox, servers):
    assert sandbox._cluster is not None
    address = sandbox._cluster.address("postgres")
    assert address.identity is not None
    with connected(address) as connection:
        assert identity_of(connection).cluster == address.identity.cluster
    with TargetServer(address).connected("postgres"):
        pass
    socket = Path(address.parameters["host"]) / ".s.PGSQL.5432"
    socket.unlink()
    socket.symlink_to(servers[0].home / socket.name)
    for leading in (lambda: connected(address), lambda: TargetServer(address).connected("postgres")):
        with pytest.raises(OtherServerError, match="a different server"), leading():
            pass


def test_a_role_that_may_not_see_the_clusters_name_tells_servers_by_their_start(servers):
    """As on a service that forbids pg_control_system."""
    one, other = (Address.parse(server.url("template1")) for server in servers)
    for server in servers:
        server.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", "template1")
        server.execute("DROP ROLE IF EXISTS lowly; CREATE ROLE lowly LOGIN")
    one, other = (address.with_parameters(user="lowly") for address in (one, other))
    with connected(one) as connection:
        expected = identity_of(connection)
    assert expected.cluster is None
    with connected(replace(one, identity=expected)):
        pass
    with (
        pytest.raises(OtherServerError, match="is a different one than before, or was restarted"),
        connected(replace(other, identity=expected)),
    ):
        pass


def test_a_standby_of_the_very_cluster_is_another_server(servers):
    address = Address.parse(servers[0].url())
    with connected(address) as connection:
        found = identity_of(connection)
    with (
        pytest.raises(OtherServerError, match="has switched between primary and standby"),
        connected(replace(address, identity=replace(found, standby=True))),
    ):
        pass
