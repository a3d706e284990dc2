"""Redis' failures as domain errors, without the names of keys and the values that error texts can quote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import redis
from redis import exceptions

from scims_backup.domain.errors import (
    SourceAccessError,
    SourceBusyError,
    SourceError,
    SourceUnreachableError,
)
from scims_backup.engines.redis.connect.scrubbing import without_values

RIGHTS = "+ping +info +replconf +psync +client|setname"
"""What a backup needs; `+config|get +time +multi` let `doctor` look at more."""
GRANT = (
    f"let the backup's user run it: ACL SETUSER NAME {RIGHTS} (and ACL SAVE, or CONFIG REWRITE, so that it "
    "stays); reading keys needs no right, for the server sends its RDB"
)
READ = (
    "let the user read every key: ACL SETUSER NAME ~* +@read +evalsha +script|load +info +time +command|info "
    "+function|list +select"
)
"""What a comparison needs."""
PASSWORD = "provide user and password: the user in the URL, the password in REDISCLI_AUTH or the secret"  # noqa: S105
REACH = (
    "check host, port and the network, and that the server is running; a port with TLS needs rediss:// in "
    "the URL, one without it redis://"
)
ONE_SERVER = (
    "Redis Cluster is not supported: a backup of one node holds only its part of the keys. Back up a server "
    "without Cluster, or ElastiCache by elasticache://"
)
NO_SENTINEL = "write the address of the server itself (its own port, often 6379), not that of Sentinel"
LINK = "back up the primary, or repair the replica's link to it (INFO replication: master_link_status)"
PROTECTED = (
    "the server refuses other machines as long as it has no password: set requirepass or an ACL user there, "
    "or bind it to an address that is meant for it"
)
TLS_PORT = "that port does not speak TLS: use the server's tls-port, or write redis://"
TRUST = (
    "name the authority that signed it in the URL (rediss://…?ssl_ca_certs=FILE), and use the host name that "
    "the certificate is for"
)
OWN_CERTIFICATE = (
    "the server wants a client certificate: add ssl_certfile=FILE and ssl_keyfile=FILE to the URL"
)
CLOSED = f"{REACH}; with rediss:// the server may want a client certificate (ssl_certfile, ssl_keyfile)"
"""Whether the alert that says so arrives before the end of the connection is a matter of chance."""
DISABLED = (
    "the server does not know it, or it was renamed or disabled (rename-command, a managed service): such a "
    "service makes its own snapshots, for ElastiCache see elasticache://"
)
LATER = "try again when it has finished"
NO_PASSWORD = "remove the password from the secret or REDISCLI_AUTH, or set one on the server"  # noqa: S105

_Meaning = tuple[str, type[SourceError], str]
_BY_WORDS: Sequence[_Meaning] = (
    (r"running in protected mode", SourceAccessError, PROTECTED),
    (r"without any password configured", SourceAccessError, NO_PASSWORD),
    (r"invalid (username-password pair|password)|Authentication required", SourceAccessError, PASSWORD),
    (r"max number of clients|maxclients", SourceBusyError, "raise maxclients, or have fewer clients connect"),
    (r"cluster support|MOVED|CROSSSLOT|CLUSTERDOWN|hash slot", SourceError, ONE_SERVER),
    (r"MASTERDOWN|NOMASTERLINK|not connected with my master|failing over", SourceBusyError, LINK),
    (r"LOADING|loading the dataset", SourceBusyError, LATER),
    (r"^BUSY |busy running a script", SourceBusyError, LATER),
    (r"^OOM |command not allowed when used memory", SourceBusyError, "raise maxmemory, or remove keys"),
    (r"user executing the script can't", SourceAccessError, READ),
    (r"unknown (sub)?command|Unknown subcommand", SourceAccessError, DISABLED),
    (r"certificate required|handshake failure|bad certificate", SourceUnreachableError, OWN_CERTIFICATE),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed", SourceUnreachableError, TRUST),
    (r"reset by peer|[Bb]roken pipe|closed by server", SourceUnreachableError, CLOSED),
    (r"WRONG_VERSION_NUMBER|wrong version number|record layer failure", SourceUnreachableError, TLS_PORT),
)
_OF_THE_WAY = (redis.ConnectionError, redis.TimeoutError, OSError)
_BY_CLASS: Sequence[tuple[tuple[type[Exception], ...], type[SourceError], str]] = (
    ((exceptions.NoPermissionError,), SourceAccessError, GRANT),
    ((exceptions.AuthenticationError, exceptions.AuthorizationError), SourceAccessError, PASSWORD),
    ((exceptions.BusyLoadingError,), SourceBusyError, LATER),
    ((exceptions.ClusterError,), SourceError, ONE_SERVER),
    ((exceptions.InvalidResponse,), SourceUnreachableError, "no Redis answers there: check host and port"),
    (_OF_THE_WAY, SourceUnreachableError, REACH),
)


def translated(error: Exception, doing: str, grant: str = GRANT) -> SourceError:
    """Return the domain error for a failure of the client or the server.

    doing: what was tried and on which thing, e.g. `counting the keys of redis://cache:6379`.
    """
    said = reason(error)
    text = f"{doing}: {said}"
    code = getattr(error, "status_code", None)
    for pattern, meaning, cure in _BY_WORDS:
        if re.search(pattern, f"{code} {said}" if code else said):
            return meaning(text, cure)
    for kinds, meaning, cure in _BY_CLASS:
        if isinstance(error, kinds):
            return meaning(text, grant if cure is GRANT else cure)
    return SourceError(text)


def reason(error: Exception) -> str:
    """Return what the server or the client said, without values: only answers to commands quote some."""
    text = str(error) if isinstance(error, _OF_THE_WAY) else without_values(str(error))
    return " ".join(text.split()).rstrip(".") or type(error).__name__


@contextmanager
def errors_as_source(doing: str, grant: str = GRANT) -> Iterator[None]:
    """Turn failures of client and server inside into domain errors that say what was being done.

    grant: the cure where a right is missing.
    """
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise translated(error, doing, grant) from None
