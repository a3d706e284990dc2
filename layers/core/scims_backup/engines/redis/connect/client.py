"""Clients of a server, which never try again by themselves: a failure is reported, not hidden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.exceptions import NoPermissionError
from redis.retry import Retry

from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.url_options import HOSTNAME, VERIFY

CLIENT_NAME = "scims-backup"
CONNECT_SECONDS = 10
"""For each of TCP, TLS and log-in: a port without TLS waits silently for the rest of a TLS greeting."""
ANSWER_SECONDS = 90
"""A server that says nothing for so long is given up; one command of ours takes it far less."""


def client_of(address: RedisAddress, *, database: int | None = None, decode: bool = False) -> redis.Redis:
    """Return a client, which connects when it is used.

    database: None for the address's own.
    decode: whether answers are text instead of bytes.
    """
    return redis.Redis(
        **_place(address),
        db=address.database if database is None else database,
        username=address.user or None,
        password=address.password,
        decode_responses=decode,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=CONNECT_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_keepalive=True,
        redis_connect_func=cast("Callable[[], None]", _greet),  # it gets the connection, against its type
        driver_info=None,
    )


def _place(address: RedisAddress) -> dict[str, Any]:
    if address.socket:
        return {"unix_socket_path": address.socket}
    place: dict[str, Any] = {"host": address.host, "port": address.port}
    return {**place, **_tls(address)} if address.is_tls else place


def _tls(address: RedisAddress) -> dict[str, Any]:
    """Return what redis-py needs for TLS: it verifies certificate and name unless the URL says otherwise."""
    options: dict[str, Any] = {**address.options}
    options[HOSTNAME] = options.get(HOSTNAME, "true") == "true"
    options[VERIFY] = options.get(VERIFY, "required")
    return {"ssl": True, **options}


def _greet(connection: AbstractConnection) -> None:
    """Log in, and say who we are: the server's operator sees it in CLIENT LIST."""
    connection.on_connect()
    try:
        connection.send_command("CLIENT", "SETNAME", CLIENT_NAME)
        connection.read_response()
    except NoPermissionError:
        pass  # the name is a courtesy, and no reason to ask for one more right
    connection.update_current_socket_timeout(ANSWER_SECONDS)
