"""The configuration of a server that lives for one drill."""

from __future__ import annotations

from pathlib import Path

SOCKET = "server.sock"
PID_FILE = "server.pid"
DATABASES = 4096
"""More than any source is likely to have: each costs a few hundred bytes."""

_FIXED = {
    # a port is opened on loopback for the application's own check, and only there
    "port": "0",
    "bind": "127.0.0.1",
    "unixsocketperm": "700",
    "databases": str(DATABASES),
    "loglevel": "notice",
    "logfile": "",
    "daemonize": "no",
    # nothing of the data on a disk: no RDB, no AOF, no dump of a crash, which quotes commands
    "save": "",
    "appendonly": "no",
    "crash-log-enabled": "no",
    "crash-memcheck-enabled": "no",
    # fed as a replica, without a file; the archive may come slowly, and is never asked for again
    "repl-diskless-load": "on-empty-db",
    "repl-timeout": "86400",
    "repl-backlog-ttl": "1",
    # no key leaves but by its expiry
    "maxmemory": "0",
    "maxmemory-policy": "noeviction",
    # if memory runs out, this server is killed rather than we
    "oom-score-adj": "absolute",
}
_LISTS = ("oom-score-adj-values 800 800 800",)
"""Settings of several values, which are not quoted as one."""


def configuration(data: Path, sockets: Path, password: str) -> str:
    """Return the configuration, as it is read from standard input.

    data: the server's working directory.
    sockets: the directory of its socket.
    password: of the user `default`.
    """
    own = {
        "dir": str(data),
        "pidfile": str(data / PID_FILE),
        "unixsocket": str(sockets / SOCKET),
        "requirepass": password,
    }
    quoted = [f"{name} {_quoted(value)}" for name, value in {**_FIXED, **own}.items()]
    return "\n".join([*quoted, *_LISTS, ""])


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
