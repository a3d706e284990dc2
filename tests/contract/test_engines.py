"""Every engine passes the same suite; a further one is a class with fixtures."""

import itertools
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from scims_backup.engines.postgresql.engine import PostgresqlEngine
from scims_backup.engines.postgresql.settings import PostgresqlKeys
from scims_backup.engines.redis.engine import RedisEngine
from scims_backup.engines.redis.settings import RedisKeys
from scims_backup.ports import EngineSettings
from tests.contract.engine_contract import ROWS, SECRET, DelayedSourceContract, EngineContract, Place
from tests.engines.sqlite.engine import SqliteEngine
from tests.engines.sqlite.source import deliver as deliver_to
from tests.support.redis_servers import running
from tests.support.sqlite_files import change

_numbers = itertools.count(1)
_KINDS = (
    "CREATE TABLE kinds (id int PRIMARY KEY, name text); INSERT INTO kinds VALUES (1, 'ore'), (2, 'ship')"
)
_ITEMS = f"""
CREATE TABLE items (id int PRIMARY KEY, name text);
INSERT INTO items WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
    SELECT i, 'item ' || i FROM n;
"""
_A_ROW = "DELETE FROM items WHERE id = 7"
_A_VALUE = "UPDATE kinds SET name = 'dust' WHERE id = 1"


@pytest.fixture(scope="class")
def root():
    """A directory that a server's user can reach, which pytest's own is not."""
    directory = Path(tempfile.mkdtemp(prefix="sandboxes-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


class TestPostgresql(EngineContract):
    secrets = (f"postgresql://me:{SECRET}@localhost/shop", f"postgresql:///shop?password={SECRET}")
    nonsense = ("postgresql://[/shop", "shop and more")

    @pytest.fixture(scope="class")
    @classmethod
    def new_place(cls, server):
        made = []

        def make():
            name = f"engine_{next(_numbers)}"
            made.append(name)
            server.create_database(name, f"{_KINDS}; {_ITEMS}")

            def lose(statement, named):
                server.execute(statement, name)
                return named

            return Place(
                PostgresqlEngine(),
                server.url(name),
                {
                    "row": lambda: lose(_A_ROW, "public.items"),
                    "value": lambda: lose(_A_VALUE, "public.kinds"),
                    "namespace": lambda: lose("DROP TABLE items", "public.items"),
                },
                nowhere=server.url("nowhere"),
                expectation="SELECT count(*) FROM public.items",
                variable="PGOPTIONS",
                settings=EngineSettings(own=PostgresqlKeys(programs=server.programs)),
            )

        yield make
        for name in made:
            for one in (name, f"{name}_restored_20261122t020000z"):
                server.drop_database(one)


class TestRedis(EngineContract):
    secrets = (
        f"redis://me:{SECRET}@localhost/0",
        f"rediss://:{SECRET}@localhost",
        f"redis://localhost?password={SECRET}",
        f"unix://:{SECRET}@/run/redis.sock",
    )
    nonsense = (
        "",
        "redis:",
        "redis:///",
        "redis://[/0",
        "redis://localhost/shop",
        "unix://",
        "localhost:6379",
    )

    @pytest.fixture(scope="class")
    @classmethod
    def new_place(cls):
        with ExitStack() as stack:
            yield lambda: _redis_place(stack.enter_context(running()))


def _redis_place(server):
    items, kinds = server.client(0), server.client(1)
    items.mset({f"item:{number}": f"item {number}" for number in range(ROWS)})
    kinds.mset({"kind:1": "ore", "kind:2": "ship"})

    def lose(change, named):
        change()
        return named

    return Place(
        RedisEngine(),
        server.socket_url,
        {
            "row": lambda: lose(lambda: items.delete("item:7"), "database 0"),
            "value": lambda: lose(lambda: kinds.set("kind:1", "dust"), "database 1"),
            "namespace": lambda: lose(items.flushdb, "database 0"),
        },
        nowhere=f"{server.socket_url}-of-nobody",
        expectation="DBSIZE",
        variable="REDISCLI_AUTH",
        settings=EngineSettings(own=RedisKeys(programs=server.program.path.parent)),
    )


def _sqlite_place(folder, scheme="sqlite"):
    folder.mkdir()
    change(folder / "items.db", _ITEMS)
    change(folder / "kinds.db", _KINDS)

    def lose(file, statement, named):
        change(folder / file, statement)
        return named

    def lose_file():
        (folder / "items.db").unlink()
        return "file items.db"

    return Place(
        SqliteEngine(),
        f"{scheme}://{folder}",
        {
            "row": lambda: lose("items.db", _A_ROW, "items.db/items"),
            "value": lambda: lose("kinds.db", _A_VALUE, "kinds.db/kinds"),
            "namespace": lose_file,
        },
        nowhere=f"{scheme}://{folder}/nowhere",
        expectation="SELECT count(*) FROM items.items",
        variable="SQLITE_TMPDIR",
    )


class TestSqlite(EngineContract):
    secrets = (
        f"sqlite://me:{SECRET}@localhost/shop",
        f"sqlite://{SECRET}@/shop",
        f"sqlite:///shop?password={SECRET}",
        f"sqlite:///shop#{SECRET}",
    )
    nonsense = ("", "sqlite:", "sqlite:///", "sqlite://shop", "sqlite://[/shop", "/shop", "other:///shop")

    @pytest.fixture(scope="class")
    @classmethod
    def new_place(cls, tmp_path_factory):
        return lambda: _sqlite_place(tmp_path_factory.mktemp("sqlite") / "live")


class TestLateSqlite(DelayedSourceContract):
    @pytest.fixture
    def place(self, tmp_path):
        return _sqlite_place(tmp_path / "live", "sqlite-late")

    @pytest.fixture
    def deliver(self, tmp_path):
        return lambda: deliver_to(tmp_path / "live")
