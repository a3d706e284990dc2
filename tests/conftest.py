"""Fixtures of every suite: throwaway servers, a database per test, stores like S3."""

import itertools
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache

import hypothesis
import pytest

from tests.support.aws_models import share_descriptions
from tests.support.databases import Database
from tests.support.programs import DEFAULT_MAJOR, NEWEST, major_with_icu, said_of_newest
from tests.support.s3.localstack import localstack_server
from tests.support.s3.moto import moto_server
from tests.support.s3.seaweedfs import seaweedfs_server
from tests.support.s3.server import S3Server
from tests.support.servers import PostgresServer

pytest_plugins = ["tests.support.afterwards", "tests.support.redis_fixtures"]

hypothesis.settings.register_profile("project", deadline=None, print_blob=True)
hypothesis.settings.load_profile("project")
share_descriptions()

_numbers = itertools.count(1)


def pytest_configure() -> None:
    """Let SIGTERM end the session as Ctrl-C does: with every fixture torn down."""
    signal.signal(signal.SIGTERM, _terminate)
    # nohup and a shell's `&` let them be ignored, and the programs that the tests signal would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slow tests begin first: one that begins last is waited for by all other workers."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which newest minors there were, and which could not be had."""
    said = list(said_of_newest()) or ["none: `make setup-tests` was not run, or had none"]
    terminalreporter.write_line(f"newest minor releases: {'; '.join(said)}")


def _terminate(_number: int, _frame: object) -> None:
    pytest.exit("terminated by SIGTERM", returncode=128 + signal.SIGTERM)


@pytest.fixture(scope="session")
def server_of() -> Iterator[Callable[[int], PostgresServer]]:
    """Give the session's server of a major, started when it is first asked for."""
    with ExitStack() as stack:

        @lru_cache(maxsize=None, typed=True)  # a major and its newest minor are equal as numbers
        def start(major: int) -> PostgresServer:
            return stack.enter_context(PostgresServer(major))

        yield start


@pytest.fixture(scope="session")
def server(server_of: Callable[[int], PostgresServer]) -> PostgresServer:
    """Give the session's server of the default major."""
    return server_of(DEFAULT_MAJOR)


@pytest.fixture(scope="session", params=[DEFAULT_MAJOR, *NEWEST], ids=repr)
def each_server(request: pytest.FixtureRequest, server_of: Callable[[int], PostgresServer]) -> PostgresServer:
    """Give the session's server of the default major, then those of the newest minors that are here."""
    return server_of(request.param)


@pytest.fixture(scope="session")
def icu_server() -> Iterator[PostgresServer]:
    """Give a server built with ICU, or skip."""
    major = major_with_icu()
    if major is None:
        pytest.skip("no server with ICU on this machine: apt-get install postgresql")
    with PostgresServer(major, icu=True) as server:
        yield server


@pytest.fixture
def new_database() -> Iterator[Callable[[PostgresServer], Database]]:
    """Give a maker of fresh databases on any server; they are dropped after the test."""
    with ExitStack() as stack:

        def make(server: PostgresServer) -> Database:
            name = f"test_{next(_numbers)}"
            server.create_database(name)
            stack.callback(server.drop_database, name)
            return Database(server, name)

        yield make


@pytest.fixture
def database(server: PostgresServer, new_database: Callable[[PostgresServer], Database]) -> Database:
    """Give a fresh, empty database on the session's server."""
    return new_database(server)


@pytest.fixture(scope="session")
def moto() -> Iterator[S3Server]:
    """Give the session's moto."""
    with moto_server() as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[S3Server]:
    """Give the session's seaweedfs."""
    with seaweedfs_server() as server:
        yield server


@pytest.fixture(scope="session")
def localstack() -> Iterator[S3Server]:
    """Give the session's LocalStack with S3, KMS, CloudFormation, Scheduler and SNS."""
    with localstack_server() as server:
        yield server
