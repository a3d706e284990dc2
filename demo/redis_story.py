"""The part of the story that is about Redis: the same backup, drill and comparison, key by key."""

from dataclasses import dataclass
from typing import Any

from demo.redis_server import ThrowawayRedis
from demo.redis_writers import RedisWriters
from demo.shell import StoryError
from demo.stage import Stage

SOURCE = "scims-redis"
_CLIENTS = 4
_PASSED, _DRILL_FAILED = 0, 3
_LOST, _EXCHANGED = "session:7", ("session:8", "session:9")
_FAULTS = f"""\
DEL {_LOST}
# and the values of {_EXCHANGED[0]} and {_EXCHANGED[1]} change places, with their expiries as they were
"""
_EXPECTED = ["key-lost", "value-changed", "value-changed"]


@dataclass(frozen=True)
class RedisFacts:
    """What this part of the story has brought. shown: the answer of `show --json`."""

    written: int
    shown: dict[str, Any]
    findings: list[dict[str, Any]]


def show_redis(stage: Stage) -> RedisFacts:
    """Play this part. Raise StoryError if something does not go as told."""
    with ThrowawayRedis(stage.workshop.redis) as server:
        written = _back_up(stage, server)
        stage.shell.run("scims-backup", "drill", "--source", SOURCE, expect=_PASSED)
    shown: dict[str, Any] = stage.shell.answer("scims-backup", "show", "--source", SOURCE)
    if shown["verdict"] != "passed" or shown["report"]["findings"]:
        raise StoryError(f"the drill's verdict is {shown['verdict']}")
    return RedisFacts(written, shown, _compare_a_copy(stage, shown["id"]))


def _back_up(stage: Stage, server: ThrowawayRedis) -> int:
    keys = server.fill(stage.users)
    stage.chapter(
        "6  Redis: sessions, caches, the queue",
        f"{server.version} with {keys:,} keys, and {_CLIENTS} clients that write, expire and delete while it "
        "is backed up as a replica would be: one RDB of one moment, streamed into the same vault.",
    )
    with RedisWriters(server, stage.users, _CLIENTS) as writers:
        before = writers.written
        stage.shell.run("scims-backup", "backup", "--source", SOURCE)
        written = writers.written - before
    if not written:
        raise StoryError("nothing was written to Redis while the backup ran")
    stage.aside(f"{written:,} writes happened meanwhile.")
    return written


def _compare_a_copy(stage: Stage, backup: str) -> list[dict[str, Any]]:
    stage.chapter(
        "7  What a bad copy of Redis looks like",
        "The archive is an RDB file: a server that finds it as its dump.rdb starts with it. In that copy one "
        "session is deleted and two sessions are exchanged, which no count reveals:",
    )
    stage.show(_FAULTS)
    copy = stage.workshop.directory / "redis-copy"
    copy.mkdir(mode=0o700)
    stage.shell.run("restic", "dump", "--tag", backup, "latest", _file(backup), into=f"{copy.name}/dump.rdb")
    with ThrowawayRedis(copy) as server:
        compare = ["scims-backup", "compare", "--source", SOURCE, f"--target-url=unix://{server.socket}"]
        stage.shell.run(*compare, expect=_PASSED)
        _plant(server)
        stage.shell.run(*compare, expect=_DRILL_FAILED)
        findings: list[dict[str, Any]] = stage.shell.answer(*compare, expect=_DRILL_FAILED)["findings"]
        stage.aside("Names of keys can be secrets: findings have a prefix and a hash. On your own terminal:")
        stage.shell.run(*compare, "--show-keys", expect=_DRILL_FAILED)
    if sorted(finding["kind"] for finding in findings) != _EXPECTED:
        raise StoryError(f"{_EXPECTED} were expected; these were found: {findings}")
    return findings


def _file(backup: str) -> str:
    return f"/{backup}.dump"


def _plant(server: ThrowawayRedis) -> None:
    with server.connect() as client:
        client.delete(_LOST)
        first, second = (client.get(name) for name in _EXCHANGED)
        client.set(_EXCHANGED[0], second, keepttl=True)
        client.set(_EXCHANGED[1], first, keepttl=True)
