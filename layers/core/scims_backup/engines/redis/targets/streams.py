"""Writing a stream by commands, as servers write their append-only files (aof.c, rewriteStreamObject)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import redis

from scims_backup.engines.redis.targets.live_server import Client

_FULL = "return redis.call('XINFO', 'STREAM', KEYS[1], 'FULL', 'COUNT', 0)"
"""A script's answer is the server's own: redis-py rewrites that of the command."""
_ENTRIES = 500
_NEVER_DELETED = b"0-0"
_FOR_NOW = b"scims-backup"


def write_stream(source: Client, live: Client, name: bytes) -> None:
    """Write a stream with its groups, consumers and pending entries. Raise ResponseError where that fails."""
    facts = _facts(source.register_script(_FULL)(keys=[name]))
    _write_entries(live, name, facts)
    _set_ids(live, name, facts)
    for group in map(_facts, facts[b"groups"]):
        _write_group(live, name, group)


def _write_entries(live: Client, name: bytes, facts: Mapping[bytes, Any]) -> None:
    if not facts[b"entries"]:  # a stream that is empty, but there
        live.execute_command("XGROUP", "CREATE", name, _FOR_NOW, 0, "MKSTREAM")
        live.execute_command("XGROUP", "DESTROY", name, _FOR_NOW)
    for start in range(0, len(facts[b"entries"]), _ENTRIES):
        with live.pipeline(transaction=False) as pipeline:
            for entry, fields in facts[b"entries"][start : start + _ENTRIES]:
                pipeline.execute_command("XADD", name, entry, *fields)
            pipeline.execute()


def _set_ids(live: Client, name: bytes, facts: Mapping[bytes, Any]) -> None:
    """Set the last id, and the figures about deleted entries, which servers have since Redis 7.0."""
    added, deleted = facts.get(b"entries-added"), facts.get(b"max-deleted-entry-id", _NEVER_DELETED)
    figures = added is not None and (added, deleted) != (facts[b"length"], _NEVER_DELETED)
    more = ["ENTRIESADDED", added, "MAXDELETEDID", deleted] if figures else []
    try:
        live.execute_command("XSETID", name, facts[b"last-generated-id"], *more)
    except redis.ResponseError as error:
        if "number of arguments" not in str(error):
            raise
        raise redis.ResponseError("this server keeps no figures about a stream's deleted entries") from None


def _write_group(live: Client, name: bytes, group: Mapping[bytes, Any]) -> None:
    read = group.get(b"entries-read")
    more = [] if read is None else ["ENTRIESREAD", read]
    live.execute_command("XGROUP", "CREATE", name, group[b"name"], group[b"last-delivered-id"], *more)
    for consumer in map(_facts, group[b"consumers"]):
        live.execute_command("XGROUP", "CREATECONSUMER", name, group[b"name"], consumer[b"name"])
        for entry, delivered, times in consumer[b"pending"]:
            _write_pending(live, name, group[b"name"], consumer[b"name"], (entry, delivered, times))


def _write_pending(
    live: Client, name: bytes, group: bytes, consumer: bytes, pending: tuple[bytes, int, int]
) -> None:
    """Write a pending entry; one whose entry was deleted cannot be: servers since 7.0 drop it."""
    entry, delivered, times = pending
    how = ("TIME", delivered, "RETRYCOUNT", times, "FORCE", "JUSTID")
    claimed = live.execute_command("XCLAIM", name, group, consumer, 0, entry, *how, parse_justid=True)
    if not claimed:
        raise redis.ResponseError("a pending entry whose entry was deleted")


def _facts(answer: list[Any]) -> Mapping[bytes, Any]:
    """Return a list of names and values as a mapping."""
    return dict(zip(answer[::2], answer[1::2], strict=True))
