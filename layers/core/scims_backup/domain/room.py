"""Whether something fits where it runs, and which parameter of the AWS stack gives it room: a pure choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

GIB, MIB = 1 << 30, 1 << 20
_NEARLY = 0.8
"""Of the room that there is: what takes more should get more before it grows on."""


class Medium(StrEnum):
    """What is filled."""

    DISK = "disk"
    MEMORY = "memory"


@dataclass(frozen=True)
class Parameter:
    """A parameter of the AWS stack that gives room.

    unit_bytes: of its values, in `unit`.
    values: that it may have, ascending.
    beyond: what helps where the greatest is too little.
    """

    name: str
    unit: str
    unit_bytes: int
    values: Sequence[int]
    beyond: str

    def at_least(self, wanted: int) -> str:
        """Say which value has so many bytes, e.g. `DrillStorage: at least 61 GiB`."""
        enough = next((value for value in self.values if value * self.unit_bytes >= wanted), None)
        if enough is not None:
            return f"{self.name}: at least {enough} {self.unit}"
        needed = -(-wanted // self.unit_bytes)
        return f"{needed} {self.unit}, more than {self.name} can be ({self.values[-1]}): {self.beyond}"


DRILL_STORAGE = Parameter(
    *("DrillStorage", "GiB", GIB, range(21, 201)),
    "set SandboxKind to rds, or drill by hand where there is more disk (scims-backup drill)",
)
DRILL_MEMORY = Parameter(
    *("DrillMemory", "MB", MIB, (2048, 4096, 8192, 16384, 32768, 65536, 122880)),
    "drill by hand on a machine that has it (scims-backup drill)",
)
DUMP_STORAGE = Parameter(
    *("DumpStorage", "MB", MIB, range(512, 10241)),
    "keep fewer backups in the vault, then reclaim its space",
)
DUMP_MEMORY = Parameter(
    *("DumpMemory", "MB", MIB, range(1024, 10241)),
    "have dumps taken by the task (the action `task`), and keep fewer backups in the vault",
)


@dataclass(frozen=True)
class Room:
    """What something took of a place, and what it found there.

    needed: bytes that it took.
    free: bytes that were free before.
    otherwise: bytes that the place must have besides, for what else is there.
    """

    medium: Medium
    needed: int
    free: int
    otherwise: int = 0

    @property
    def suffices(self) -> bool:
        """Whether it fits."""
        return self.needed <= self.free

    @property
    def is_short(self) -> bool:
        """Whether so little is left that the next growth may not fit."""
        return self.needed > self.free * _NEARLY

    @property
    def wanted(self) -> int:
        """How large the place must be for this not to be short."""
        return self.otherwise + math.ceil(self.needed / _NEARLY)

    @property
    def drill_parameter(self) -> Parameter:
        """Which parameter gives a drill's task more of it."""
        return DRILL_STORAGE if self.medium is Medium.DISK else DRILL_MEMORY
