"""How texts travel between us and a server: as UTF-8, and byte by byte where the server knows no encoding."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.types.json import set_json_loads

from scims_backup.engines.postgresql.connect.bytes_as_text import bytes_of, raw, text_of

UTF8 = "UTF8"
AS_IT_IS = "SQL_ASCII"
"""As the client's encoding: the server neither converts a text nor looks at it."""

_WITHOUT_CONVERSION = (AS_IT_IS, "MULE_INTERNAL")
"""Encodings of databases from which PostgreSQL has no way to UTF-8."""
_TEXTS = (25, 19, 1043, 1042, 705, 18)
"""OIDs (pg_type.dat): text, name, varchar, bpchar, unknown, "char"."""


def encoding_for(connection: psycopg.Connection[Any]) -> str:
    """The client's encoding for the database of a connection."""
    return AS_IT_IS if database_encoding(connection) in _WITHOUT_CONVERSION else UTF8


def database_encoding(connection: psycopg.Connection[Any]) -> str:
    """The encoding of the database of a connection, e.g. `UTF8`."""
    return (connection.pgconn.parameter_status(b"server_encoding") or b"").decode()


def speak(connection: psycopg.Connection[Any]) -> None:
    """Let a new connection read and write any text that its database holds; run before everything else."""
    for oid in _TEXTS:
        connection.adapters.register_loader(oid, _TextLoader)
    set_json_loads(_json, connection)
    if encoding_for(connection) == AS_IT_IS:
        connection.adapters.register_dumper(str, _TextDumper)
        connection.cursor_factory = _Cursor
    _choose(connection, encoding_for(connection))


def _choose(connection: psycopg.Connection[Any], encoding: str) -> None:
    # not by a cursor, which would ask for the codec of the encoding before: Python has none for each
    result = connection.pgconn.exec_(f"SET client_encoding TO '{encoding}'".encode())
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)


class _TextLoader(Loader):
    def load(self, data: Buffer) -> str:
        return text_of(bytes(data))


class _TextDumper(Dumper):
    oid = _TEXTS[0]

    def dump(self, obj: str) -> bytes:
        return bytes_of(obj)


class _Cursor(psycopg.Cursor[Any]):
    """Sends its queries byte by byte: psycopg would write them in ASCII."""

    def execute(self, query: Any, *arguments: Any, **options: Any) -> _Cursor:  # noqa: ANN401
        if isinstance(query, sql.Composable):
            query = raw(query.as_bytes(None))
        elif isinstance(query, str):
            query = bytes_of(query)
        super().execute(query, *arguments, **options)
        return self


def _json(data: str | bytes) -> Any:  # noqa: ANN401
    return json.loads(text_of(data) if isinstance(data, bytes) else data)
