"""A pooler is used only where nobody else gets what is set in a session: an application notices nothing."""

import threading
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from scims_backup.domain.errors import SourcePooledError, TargetError
from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect import pooling
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
from scims_backup.engines.postgresql.targets.target import PostgresTarget
from tests.fakes import RecordedProgress
from tests.support.cli import Cli
from tests.support.databases import Database, deployment_of
from tests.support.pooler import MODES, Pooler
from tests.support.servers import PostgresServer

_CLIENTS = 6
_SETTINGS = """
SELECT name, setting FROM pg_settings WHERE source IN ('session', 'client') AND name <> 'application_name'
UNION SELECT 'mark', m FROM current_setting('scims_backup.left', true) AS m WHERE m <> ''
"""


@pytest.fixture(scope="module")
def shop():
    with PostgresServer() as server:
        server.create_database("shop", "CREATE TABLE t (id int PRIMARY KEY, v text);")
        server.execute("INSERT INTO t SELECT g, 'x' FROM generate_series(1, 3000) g", "shop")
        yield Database(server, "shop")


@pytest.fixture(scope="module")
def pooler(shop):
    with Pooler(shop.server, "shop") as pooler:
        yield pooler


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(pooling, "_known", set())


def prove(url):
    return PostgresDatabase(Address.parse(url)).prove(Level.FULL, RecordedProgress())


class Application:
    """Clients that go on through the pooler until they are let go, each with transactions of its own."""

    def __init__(self, url):
        self._url, self._over = url, threading.Event()
        self.errors, self.answers = [], 0
        self._threads = [threading.Thread(target=self._work) for _ in range(_CLIENTS)]
        self._begun = threading.Barrier(_CLIENTS + 1, timeout=30)

    @contextmanager
    def at_work(self):
        for thread in self._threads:
            thread.start()
        self._begun.wait()
        try:
            yield self
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()

    def _work(self):
        with psycopg.connect(self._url, autocommit=True, prepare_threshold=None) as connection:
            connection.execute("SELECT 1")
            self._begun.wait()
            while not self._over.wait(0.005):
                try:
                    ((count,),) = connection.execute("SELECT count(*) FROM t WHERE id < 5")
                    assert count == 4
                    self.answers += 1
                except (psycopg.Error, AssertionError) as error:
                    self.errors.append(str(error))


def what_is_left(pooler, mode, servers=8):
    """What is set on the pool's server connections, other than by default."""
    left = set()
    with ExitStack() as stack:
        for _ in range(servers):
            client = stack.enter_context(psycopg.connect(pooler.url(mode), autocommit=True))
            if mode == "transaction":
                client.execute("BEGIN")
            left |= set(client.execute(_SETTINGS).fetchall())
    return left


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("busy", [True, False])
def test_a_pool_that_passes_settings_on_is_refused_by_its_mode_before_anything_is_set(
    pooler, mode, busy, tmp_path, shop
):
    before = what_is_left(pooler, mode)
    application = Application(pooler.url(mode))
    backing_up = Cli({**deployment_of(shop, tmp_path), "SCIMS_SOURCE_URL": pooler.url(mode)})
    with application.at_work() if busy else ExitStack():
        ended = backing_up.run("backup", "--json")
    assert ended.code == 1
    assert f"is a connection pooler in {mode} mode" in ended.err
    assert "the address of the server itself" in ended.err
    assert application.errors == []
    assert what_is_left(pooler, mode) == before


def test_a_pool_in_session_mode_is_used_and_an_application_beside_notices_nothing(pooler, tmp_path, shop):
    application = Application(pooler.url("session"))
    backing_up = Cli({**deployment_of(shop, tmp_path), "SCIMS_SOURCE_URL": pooler.url("session")})
    before = what_is_left(pooler, "session")
    with Pooler(shop.server, "shop", {"default_pool_size": "20"}) as roomy:
        application = Application(roomy.url("session"))
        with application.at_work():
            ended = backing_up.run("backup", "--json", SCIMS_SOURCE_URL=roomy.url("session"))
    assert ended.code == 0, ended.err
    assert (application.errors, application.answers > 0) == ([], True)
    assert what_is_left(pooler, "session") == before


@pytest.mark.parametrize("mode", MODES)
def test_a_comparison_looks_through_a_session_pool_alone(pooler, mode):
    if mode == "session":
        assert prove(pooler.url(mode)).tables
        return
    with pytest.raises(SourcePooledError, match=f"in {mode} mode"):
        prove(pooler.url(mode))


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_restored_through_a_pooler(pooler, mode):
    with pytest.raises(TargetError, match=r"is a connection pooler.*bypass the pooler"):
        PostgresTarget(Address.parse(pooler.url(mode))).has("shop")


@pytest.mark.parametrize("in_turns", ["0", "1"])
def test_a_session_pool_that_resets_nothing_is_refused_and_keeps_nothing_of_ours(shop, in_turns):
    settings = {"server_reset_query": "", "server_round_robin": in_turns}
    with Pooler(shop.server, "shop", settings) as pooler:
        before = what_is_left(pooler, "session")
        with pytest.raises(SourcePooledError, match=r"passes on a session's settings.*server_reset_query"):
            prove(pooler.url("session"))
        assert what_is_left(pooler, "session") == before


def test_a_session_pool_that_gives_its_connections_in_turns_is_used(shop):
    with Pooler(shop.server, "shop", {"server_round_robin": "1"}) as pooler:
        what_is_left(pooler, "session")  # opens all of its connections
        assert prove(pooler.url("session")).tables


def test_a_session_pool_that_closes_its_connections_is_used(shop):
    settings = {"server_reset_query": "", "server_lifetime": "0"}
    with Pooler(shop.server, "shop", settings) as pooler:
        assert prove(pooler.url("session")).tables


def test_a_pool_without_room_is_refused(shop):
    with (
        Pooler(shop.server, "shop", {"default_pool_size": "2"}) as pooler,
        pytest.raises(SourcePooledError, match="whose mode is unknown"),
    ):
        prove(pooler.url("session"))


def test_options_that_a_pooler_drops_are_named(shop):
    with Pooler(shop.server, "shop", {"ignore_startup_parameters": "options"}) as pooler:
        url = f"{pooler.url('session')}?options=-c%20statement_timeout%3D7777"
        with pytest.raises(SourcePooledError, match="does not pass on these options: statement_timeout"):
            prove(url)


def test_options_that_a_pooler_refuses_are_named(pooler):
    with pytest.raises(
        SourcePooledError, match=r"options.*a connection pooler refuses it.*bypass the pooler"
    ):
        prove(f"{pooler.url('session')}?options=-c%20statement_timeout%3D7777")
