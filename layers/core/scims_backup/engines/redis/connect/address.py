"""Where a server is: a URL without secrets in it, as redis-py spells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlencode, urlsplit

from scims_backup.domain.credentials import is_usable
from scims_backup.domain.errors import UsageError
from scims_backup.engines.redis.connect.url_options import checked_options, database_in, options_in

PORT = 6379
PLAIN, TLS, SOCKET = "redis", "rediss", "unix"
SCHEMES = (PLAIN, TLS, SOCKET)
_FORM = f"write {PLAIN}://[USER@]HOST[:PORT][/DATABASE], {TLS}://… for TLS, or {SOCKET}://[USER@]/PATH[?db=DATABASE]"
_CURE = "remove it and pass it in REDISCLI_AUTH or the secret in the settings"


@dataclass(frozen=True)
class RedisAddress:
    """A server, and the number of the database that is the live one; implements ports.Address.

    scheme: one of SCHEMES.
    host: '' for a socket.
    socket: path of a Unix socket; '' for TCP.
    user: an ACL user; '' for the default one.
    database: a backup holds all databases, whatever this is.
    options: of TLS, e.g. `ssl_ca_certs`.
    password: None if there is none; it never shows in the representation.
    """

    scheme: str
    host: str = ""
    port: int = PORT
    socket: str = ""
    user: str = ""
    database: int = 0
    options: Mapping[str, str] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, password: str | None = None) -> RedisAddress:
        """Read a URL. Raise UsageError if it is none, or has a secret in it, which is not repeated."""
        if any(not letter.isprintable() or letter.isspace() for letter in url):
            raise _unusable("has blanks or characters that cannot be printed")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _unusable("cannot be parsed") from None
        if parts.scheme not in SCHEMES:
            raise _unusable("has another scheme than redis, rediss and unix")
        if parts.password is not None:
            raise UsageError("the server's URL contains a password, which other users could read", _CURE)
        if parts.fragment:
            raise _unusable("has a fragment (#…)")
        options = options_in(parts.query)
        user = _text(parts.username or "")
        if parts.scheme == SOCKET:
            return cls._socket(host, _text(parts.path), user, options, password)
        return cls._server(parts.scheme, _text(host), port, user, parts.path, options, password)

    @classmethod
    def _socket(
        cls, host: str, path: str, user: str, options: dict[str, str], password: str | None
    ) -> RedisAddress:
        if host or not path.startswith("/") or path.endswith("/"):
            raise _unusable("does not have the absolute path of a socket")
        database = database_in(options, "")
        checked_options(options, tls=False)
        return cls(SOCKET, socket=path, user=user, database=database, password=password)

    @classmethod
    def _server(
        cls,
        scheme: str,
        host: str,
        port: int | None,
        user: str,
        path: str,
        options: dict[str, str],
        password: str | None,
    ) -> RedisAddress:
        if not host or port == 0:
            raise _unusable("names no host" if not host else "has port 0")
        if "," in host:
            raise UsageError(
                "the server's URL has several hosts: neither Sentinel nor Cluster is supported",
                "write the address of the one server that is backed up",
            )
        database = database_in(options, path.strip("/"))
        checked_options(options, tls=scheme == TLS)
        return cls(scheme, host, PORT if port is None else port, "", user, database, options, password)

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme == TLS

    def names(self) -> list[str]:
        """Return all its parts, none of which is a secret."""
        place = [self.socket] if self.socket else [self.host, str(self.port)]
        return [*place, *([self.user] if self.user else []), str(self.database), *self.options.values()]

    def with_database(self, database: int) -> RedisAddress:
        """Return the same server with another live database."""
        return replace(self, database=database)

    def url(self) -> str:
        """Return the URL for any program, with the password if that is known: it is a secret then."""
        secret = "" if self.password is None else f":{quote(self.password, safe='')}"
        return self._url(secret)

    def __str__(self) -> str:
        return self._url("")

    def _url(self, secret: str) -> str:
        login = f"{quote(self.user, safe='')}{secret}@" if self.user or secret else ""
        options = {**self.options, **({"db": str(self.database)} if self.socket and self.database else {})}
        query = f"?{urlencode(options, quote_via=quote, safe='/')}" if options else ""
        if self.socket:
            return f"{self.scheme}://{login}{quote(self.socket)}{query}"
        where = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        path = f"/{self.database}" if self.database else ""
        return f"{self.scheme}://{login}{where}:{self.port}{path}{query}"


def _text(part: str) -> str:
    text = unquote(part)
    if not is_usable(text):
        raise _unusable("has a NUL character in it")
    return text


def _unusable(why: str) -> UsageError:
    return UsageError(f"the server's URL {why}", _FORM)
