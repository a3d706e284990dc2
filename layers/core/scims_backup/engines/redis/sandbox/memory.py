"""How much memory a server may take here, and how much it will need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.errors import SandboxError
from scims_backup.domain.room import DRILL_MEMORY, DUMP_MEMORY, MIB, Medium, Room

MORE_MEMORY = "give the machine more memory, or use a larger one"
_BASE = 48 * MIB
"""What an empty server takes, the buffers of the one that feeds it included."""
_OTHERWISE = 512 * MIB
"""What a task or function has beside the server: this program, restic."""
_GROWTH = 1.15
"""Another allocator or release may lay out the same data wider."""
_MEMINFO = re.compile(r"^MemAvailable:\s+(\d+) kB", re.MULTILINE)
_OWN_MEMORY = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)
_CGROUP_PATH = re.compile(r"^(?P<id>\d+):(?P<controllers>[^:]*):(?P<path>.*)$", re.MULTILINE)
_RECLAIMABLE = re.compile(r"^(?:total_)?inactive_file (\d+)$", re.MULTILINE)
LAMBDA_SIZE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"


@dataclass(frozen=True)
class FreeMemory:
    """Memory that may be taken.

    limit: what sets the bound, as a reader knows it.
    """

    bytes: int
    limit: str


def needed_for(data: int) -> int:
    """Return the bytes that a server needs in all. data: what its keys take in memory (`used_memory`)."""
    return _BASE + int(data * _GROWTH)


def check_room(data: int, environment: Mapping[str, str], root: Path = Path("/")) -> None:
    """Raise SandboxError unless there is memory for a server with so much data.

    data: bytes.
    environment: says how much a Lambda function has.
    root: of the file system that /proc and /sys are read from.
    """
    need, room = needed_for(data), room_here(environment, root)
    if room is not None and room.bytes < need:
        raise SandboxError(
            f"the sandbox needs {_mib(need)} of memory and {_mib(room.bytes)} are free ({room.limit})",
            _more_memory(_room(need, room).wanted),
        )


def memory_taken(data: int, environment: Mapping[str, str], root: Path = Path("/")) -> Room | None:
    """Return what a server with so much data takes, beside what is free now; None if that is not known.

    Arguments as of `check_room`.
    """
    free = room_here(environment, root)
    return None if free is None else _room(needed_for(data), free)


def _room(need: int, free: FreeMemory) -> Room:
    return Room(Medium.MEMORY, need, free.bytes, _OTHERWISE)


def _more_memory(wanted: int) -> str:
    return (
        f"in AWS set {DRILL_MEMORY.at_least(wanted)} for a task, {DUMP_MEMORY.at_least(wanted)} for a "
        f"function; elsewhere {MORE_MEMORY}"
    )


def room_here(environment: Mapping[str, str], root: Path = Path("/")) -> FreeMemory | None:
    """Return the least of all bounds on memory here; None where none can be read."""
    rooms = [*_of_machine(root), *_of_groups(root), *_of_function(environment, root)]
    return min(rooms, key=lambda room: room.bytes, default=None)


def available_in(meminfo: str) -> int | None:
    """Return the bytes that a machine's /proc/meminfo says are available; None if it does not say."""
    found = _MEMINFO.search(meminfo)
    return int(found[1]) * 1024 if found else None


def _of_machine(root: Path) -> Iterator[FreeMemory]:
    available = available_in(_text(root / "proc/meminfo"))
    if available is not None:
        yield FreeMemory(available, "of the machine")


def _of_function(environment: Mapping[str, str], root: Path) -> Iterator[FreeMemory]:
    size = environment.get(LAMBDA_SIZE, "")
    if size.isdigit():
        own = _OWN_MEMORY.search(_text(root / "proc/self/status"))
        taken = int(own[1]) * 1024 if own else 0
        yield FreeMemory(max(0, int(size) * MIB - taken), f"of {size} MiB that the function has")


def _of_groups(root: Path) -> Iterator[FreeMemory]:
    """Yield what each control group around this process leaves: versions 2 and 1, up to the top."""
    for group in _CGROUP_PATH.finditer(_text(root / "proc/self/cgroup")):
        if group["id"] == "0":
            top, names = root / "sys/fs/cgroup", ("memory.max", "memory.current")
        elif "memory" in group["controllers"].split(","):
            top, names = root / "sys/fs/cgroup/memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        else:
            continue
        inside = top / group["path"].lstrip("/")
        # a container sees its own group as the top, whatever the path says
        for folder in (inside, *inside.parents):
            if folder.is_relative_to(top):
                yield from _of_group(folder, *names)


def _of_group(folder: Path, limit_name: str, used_name: str) -> Iterator[FreeMemory]:
    limit, used = _text(folder / limit_name).strip(), _text(folder / used_name).strip()
    if limit.isdigit() and used.isdigit():
        reclaimable = _RECLAIMABLE.search(_text(folder / "memory.stat"))
        free = int(limit) - int(used) + (int(reclaimable[1]) if reclaimable else 0)
        yield FreeMemory(max(0, free), f"of a limit of {_mib(int(limit))} for this container")


def _text(path: Path) -> str:
    """Return a file of the kernel's; '' where this kernel has none, or it is not ours to read."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _mib(count: int) -> str:
    return f"{-(-count // MIB)} MiB"
