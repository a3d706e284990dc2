"""The application that goes on writing into the source."""

from typing import Any

import psycopg

from demo.writers import Writers
from localcloud.source import DATABASE, Source

_CLIENTS = 2
_PAUSE = 0.005
"""Seconds of each client between two transactions: the machine has other things to do as well."""


def application(source: Source, users: int) -> Writers:
    """Clients that write while a context lasts."""
    return Writers(_AsApplication(source), DATABASE, users, _CLIENTS, _PAUSE)


class _AsApplication:
    """The source's server, for clients that write as the application does."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def connect(self, database: str, user: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect with autocommit."""
        connection = self._source.connect(database)
        connection.execute(f'SET ROLE "{user}"'.encode())
        return connection
