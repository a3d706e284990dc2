"""Processes of our own cloud: others may have theirs on the same machine."""

import contextlib
import os
from collections import defaultdict
from pathlib import Path

from localcloud import containers

_ARGV0 = "--argv0"
"""By which the loader of a tree of another distribution is told how its program is called."""


def running_function(handler: str) -> list[int]:
    """The runtimes of a handler, without the guardians that watch them."""
    return [pid for pid in _below(os.getpid()) if _words(pid)[1:4] == ["-m", "awslambdaric", handler]]


def running_program(name: str, *words: str) -> list[int]:
    """The processes of a program that was called with all of these words."""
    ours = ((pid, _words(pid)) for pid in _below(os.getpid()))
    return [pid for pid, said in ours if said and _program(said) == name and set(words) <= set(said)]


def _program(said: list[str]) -> str:
    """The program that runs: by its title, which may say more (`redis-server *:6379`), or by its loader."""
    title = said[said.index(_ARGV0) + 1] if _ARGV0 in said else said[0]
    return Path(title.partition(" ")[0]).name


def _below(pid: int) -> list[int]:
    """The processes that one has started, and those of our containers, which Docker has started for us."""
    children: dict[int, list[int]] = defaultdict(list)
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(place.read_text().rpartition(")")[2].split()[1])
            children[parent].append(int(place.parent.name))
    waiting = [pid, *containers.running()]
    found = waiting[1:]
    while waiting:
        below = children[waiting.pop()]
        found += below
        waiting += below
    return found


def _words(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []
