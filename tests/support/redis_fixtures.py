"""Fixtures of real servers of Redis and Valkey."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.support.redis_programs import DEFAULT_REDIS, REDIS_SERVERS, said_of_redis
from tests.support.redis_servers import RunningRedis, running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers there were, and which could not be had."""
    terminalreporter.write_line(f"Redis and Valkey: {'; '.join(said_of_redis())}")


@pytest.fixture(scope="session")
def redis_of() -> Iterator[Callable[[str], RunningRedis]]:
    """Give the session's server of a version, e.g. "redis-7.0", started when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def start(name: str) -> RunningRedis:
            return stack.enter_context(running(name))

        yield start


@pytest.fixture
def redis_server(redis_of: Callable[[str], RunningRedis]) -> Iterator[RunningRedis]:
    """Give the session's server of the default version, empty."""
    server = redis_of(DEFAULT_REDIS)
    server.empty()
    yield server
    server.empty()


@pytest.fixture(params=REDIS_SERVERS)
def each_redis(
    request: pytest.FixtureRequest, redis_of: Callable[[str], RunningRedis]
) -> Iterator[RunningRedis]:
    """Give the session's server of each version that is here, empty."""
    server = redis_of(request.param)
    server.empty()
    yield server
    server.empty()


@pytest.fixture
def new_redis() -> Iterator[Callable[..., RunningRedis]]:
    """Give a maker of servers that live for the test: name, then lines of redis.conf."""
    with ExitStack() as stack:

        def make(name: str = DEFAULT_REDIS, **config: str | int | list[str]) -> RunningRedis:
            return stack.enter_context(running(name, **config))

        yield make
