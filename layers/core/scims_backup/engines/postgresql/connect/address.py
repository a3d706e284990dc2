"""Where a database is: a libpq URL without secrets in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

import psycopg
from psycopg import conninfo

from scims_backup.domain.errors import UsageError
from scims_backup.engines.postgresql.connect import surroundings
from scims_backup.engines.postgresql.connect.identity import Identity

_PATIENCE = {
    "connect_timeout": "30",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "6",
    "tcp_user_timeout": "90000",
}
"""A server that has gone silent is given up after about 90 seconds; the system would wait for hours."""
PLACE = ("host", "port", "dbname", "user")
"""The parameters that say where a database is, and as whom one comes."""
_OF_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl")
"""What a URL for any program has of the environment's options: others it may not know."""
_SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_CURE = "remove it and pass it in PGPASSFILE, PGPASSWORD or the secret in the settings"


@dataclass(frozen=True)
class Address:
    """libpq's connection parameters, TLS options among them, and the password apart from them.

    password: None leaves it to libpq (PGPASSFILE); it never shows in the representation
    filled: the options that the environment gives beside; None leaves it to this process's own
    identity: of the server and database that must answer, if that is known
    """

    parameters: Mapping[str, str]
    password: str | None = field(default=None, repr=False)
    filled: Mapping[str, str] | None = None
    identity: Identity | None = None

    @classmethod
    def parse(cls, url: str, password: str | None = None) -> Address:
        """Read a libpq URL or keyword string. Raise UsageError if it is none, or carries a secret."""
        try:
            parameters = {key: str(value) for key, value in conninfo.conninfo_to_dict(url).items()}
        except psycopg.ProgrammingError:
            # libpq's message repeats the text, which may hold a password
            raise UsageError(
                "the database's URL cannot be parsed", "write postgresql://USER@HOST:PORT/NAME"
            ) from None
        for secret in _SECRETS:
            if secret in parameters:
                raise UsageError(
                    f"the database's URL contains a {secret}, which other users could read", _CURE
                )
        return cls(parameters, password)

    def names(self) -> list[str]:
        """Return all its parameters, none of which is a secret."""
        return list(self.parameters.values())

    def with_parameters(self, **parameters: str) -> Address:
        """The same address with some parameters replaced; an empty value removes one."""
        merged = {**self.parameters, **parameters}
        return replace(self, parameters={key: value for key, value in merged.items() if value != ""})

    def beside(self, database: str) -> Address:
        """Another database of the same server."""
        identity = None if self.identity is None else replace(self.identity, oid=None)
        return replace(self.with_parameters(dbname=database), identity=identity)

    def completed(self, environment: Mapping[str, str]) -> Address:
        """The same with all that libpq's variables fill in; one that is complete stays as it is.

        Raise UsageError if a variable contradicts the address or leads elsewhere.
        """
        if self.filled is not None:
            return self
        whole = surroundings.completed(self.parameters, environment)
        password = whole.password if self.password is None else self.password
        return replace(self, parameters=whole.parameters, password=password, filled=whole.filled)

    def dsn(self) -> str:
        """The parameters as one string for a program's argument: there is no secret in it.

        What the environment filled in goes with `environment`: programs of another version may not know it.
        """
        whole, filled = self._whole()
        patience = {key: value for key, value in _PATIENCE.items() if key not in filled}
        return conninfo.make_conninfo("", **{**patience, **whole.parameters})

    def url(self) -> str:
        """The same as a URL for any program, the password in it if it is known here: it is a secret then."""
        whole, filled = self._whole()
        given = {**whole.parameters, **{key: filled[key] for key in filled if key in _OF_TLS}}
        user, host, port, database = (given.pop(key, "") for key in ("user", "host", "port", "dbname"))
        if any(character in host for character in "/,@"):
            given = {"host": host, **({"port": port} if port else {}), **given}
            host = port = ""
        password = "" if whole.password is None else f":{quote(whole.password, safe='')}"
        login = f"{quote(user, safe='')}{password}@" if user or password else ""
        where = f"[{host}]" if ":" in host else quote(host, safe="")
        where += f":{port}" if port else ""
        options = f"?{urlencode(given, quote_via=quote, safe='/')}" if given else ""
        return f"postgresql://{login}{where}/{quote(database, safe='')}{options}"

    def environment(self) -> dict[str, str]:
        """What a client program needs in its environment besides, the password too, if it is known here."""
        whole, filled = self._whole()
        variables = {surroundings.VARIABLES[key]: value for key, value in filled.items()}
        return variables if whole.password is None else {**variables, "PGPASSWORD": whole.password}

    def connect_arguments(self) -> dict[str, str]:
        """The keyword arguments for connecting; they say everything, the environment nothing."""
        whole, filled = self._whole()
        secret = {} if whole.password is None else {"password": whole.password}
        return {**_PATIENCE, **filled, **whole.parameters, **secret}

    def _whole(self) -> tuple[Address, Mapping[str, str]]:
        whole = self.completed(os.environ)
        return whole, whole.filled or {}

    def __str__(self) -> str:
        name = self.parameters.get("dbname", "the default database")
        host = self.parameters.get("host", "")
        if not host:
            return f"{name} at the default server"
        if host.startswith("/"):
            return f"{name} on the local socket"
        return f"{name} at {host}:{self.parameters.get('port', '5432')}"
