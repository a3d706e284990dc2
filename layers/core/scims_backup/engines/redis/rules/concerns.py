"""What about a server endangers its backups, by its INFO, its settings, and the kernel if that is here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

CHECKSUM = "rdb-checksum"
"""The check of what every archive says itself, too."""
_MIB = 1 << 20
_PAUSE_SECONDS = 30
"""A vault may take nothing for so long, e.g. while it opens another connection."""
_REFUSING = {0: "its default, by which it refuses what it cannot grant", 2: "strict"}


class Weight(Enum):
    """How much an observation matters."""

    FINE = "fine"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Concern:
    """One observation.

    check: its id in `doctor`.
    cure: '' where nothing needs one.
    """

    check: str
    weight: Weight
    message: str
    cure: str = ""


@dataclass(frozen=True)
class Kernel:
    """The memory of the server's machine, in bytes. overcommit: vm.overcommit_memory."""

    overcommit: int
    available: int


@dataclass(frozen=True)
class Observed:
    """What is known of a server.

    info: its answer to INFO.
    config: its settings; None if it does not show them.
    kernel: None if the server is not on this machine, or that cannot be seen.
    """

    info: Mapping[str, Any]
    config: Mapping[str, str] | None
    kernel: Kernel | None = None
    modules: Mapping[str, str] = field(default_factory=dict)


def concerns(observed: Observed) -> Iterator[Concern]:
    """Yield what is to be said of a server, check by check."""
    for look in (_memory, _overcommit, _last_save, _busy, _eviction, _modules):
        yield from look(observed)
    if observed.config is None:
        yield Concern(
            "server-settings",
            Weight.UNKNOWN,
            "the server does not show its settings (CONFIG GET)",
            "allow +config|get, or look yourself: rdbchecksum yes, repl-timeout 60, repl-diskless-sync yes",
        )
        return
    for name, judged in _SETTINGS.items():
        if name in observed.config:
            yield judged(observed.config[name])


def _memory(observed: Observed) -> Iterator[Concern]:
    """A fork shares the memory at first; under writes it may come to need as much again."""
    resident, total = (_number(observed.info, key) for key in ("used_memory_rss", "total_system_memory"))
    if not total:
        yield Concern(
            "fork-memory", Weight.UNKNOWN, "the server does not say how much memory its machine has"
        )
    elif resident * 2 > total:
        yield Concern(
            "fork-memory",
            Weight.PROBLEM,
            f"the server takes {_mib(resident)} of its machine's {_mib(total)}, and its fork for an RDB up "
            "to as much again while clients write",
            "Give the machine twice the memory of the data, lower maxmemory, or back up a replica",
        )
    else:
        yield Concern(
            "fork-memory",
            Weight.FINE,
            f"the server takes {_mib(resident)} of its machine's {_mib(total)}: its fork has room",
        )


def _overcommit(observed: Observed) -> Iterator[Concern]:
    kernel, resident = observed.kernel, _number(observed.info, "used_memory_rss")
    if kernel is None:
        yield Concern(
            "overcommit",
            Weight.UNKNOWN,
            "vm.overcommit_memory of the server's machine cannot be seen from here",
            "run `sysctl vm.overcommit_memory` there: it should be 1, or a fork may be refused",
        )
    elif kernel.overcommit in _REFUSING and resident > kernel.available:
        yield Concern(
            "overcommit",
            Weight.PROBLEM,
            f"vm.overcommit_memory is {kernel.overcommit} ({_REFUSING[kernel.overcommit]}), and the server "
            f"takes {_mib(resident)} while {_mib(kernel.available)} are free: its fork may be refused",
            "Set vm.overcommit_memory = 1 on the server's machine",
        )
    else:
        yield Concern(
            "overcommit", Weight.FINE, f"vm.overcommit_memory is {kernel.overcommit}: a fork is granted"
        )


def _last_save(observed: Observed) -> Iterator[Concern]:
    if observed.info.get("rdb_last_bgsave_status") == "err":
        yield Concern(
            "last-save",
            Weight.PROBLEM,
            "the server's last background save has failed",
            "See its log: it has no memory for a fork, or no room on its disk",
        )


def _busy(observed: Observed) -> Iterator[Concern]:
    running = {"rdb_bgsave_in_progress": "background save", "aof_rewrite_in_progress": "rewrite of its AOF"}
    for key, what in running.items():
        if _number(observed.info, key):
            yield Concern("busy", Weight.FINE, f"a {what} runs: a backup begins when it has ended")


def _eviction(observed: Observed) -> Iterator[Concern]:
    policy = str(observed.info.get("maxmemory_policy", "noeviction"))
    if _number(observed.info, "maxmemory") and policy != "noeviction":
        yield Concern(
            "eviction", Weight.FINE, f"{policy}: keys that the server evicts are in no later backup"
        )


def _modules(observed: Observed) -> Iterator[Concern]:
    if observed.modules:
        loaded = ", ".join(f"{name} {version}" for name, version in sorted(observed.modules.items()))
        yield Concern(
            "modules",
            Weight.FINE,
            f"the server has the modules {loaded}: what they keep beside the keys is not proven, and keys of "
            "their own types are counted only",
        )


def _timeout(value: str) -> Concern:
    if 0 < int(value) < _PAUSE_SECONDS:
        return Concern(
            "repl-timeout",
            Weight.PROBLEM,
            f"repl-timeout is {value} seconds: the server ends a backup that pauses for longer",
            "Set repl-timeout 60, which is its default",
        )
    return Concern("repl-timeout", Weight.FINE, f"a backup may pause for {value} seconds (repl-timeout)")


def _checksum(value: str) -> Concern:
    if value == "no":
        return Concern(
            CHECKSUM,
            Weight.PROBLEM,
            "rdbchecksum is no: damage on the way to the vault cannot be seen before an archive is loaded",
            "Set rdbchecksum yes in the server's configuration, and restart it",
        )
    return Concern(CHECKSUM, Weight.FINE, "the server's RDB has a checksum")


def _diskless(value: str) -> Concern:
    how = (
        "writes its RDB into the connection"
        if value == "yes"
        else "writes its RDB on its own disk first (repl-diskless-sync no), where it needs room for it"
    )
    return Concern("diskless", Weight.FINE, f"the server {how}")


def _delay(value: str) -> Concern:
    return Concern(
        "delay",
        Weight.FINE,
        f"a backup begins {value} seconds after it is asked for (repl-diskless-sync-delay)",
    )


def _append_only(value: str) -> Concern:
    more = (
        ": for a restore by file, set it to no, or the RDB is ignored without a word"
        if value == "yes"
        else ""
    )
    return Concern("appendonly", Weight.FINE, f"appendonly is {value}{more}")


def _buffer(value: str) -> Concern:
    return Concern(
        "replica-buffer",
        Weight.FINE,
        f"the limits of replicas' output buffers ({_of_replicas(value)}) do not concern a backup: it asks "
        "for the RDB alone, and no write is kept for it",
    )


def _of_replicas(value: str) -> str:
    words = value.split()
    for name in ("slave", "replica"):
        if name in words:
            return " ".join(words[words.index(name) + 1 :][:3])
    return value


_SETTINGS: Mapping[str, Callable[[str], Concern]] = {
    "repl-timeout": _timeout,
    "rdbchecksum": _checksum,
    "repl-diskless-sync": _diskless,
    "repl-diskless-sync-delay": _delay,
    "client-output-buffer-limit": _buffer,
    "appendonly": _append_only,
}
SETTINGS = tuple(_SETTINGS)
"""The settings that are looked at."""


def _number(info: Mapping[str, Any], key: str) -> int:
    return int(info.get(key, 0))


def _mib(count: int) -> str:
    return f"{count / _MIB:,.0f} MiB"
