"""What RDS has: instances, which come and go only when they are told to, as real servers."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.rds.instance import Instance
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

CREATING, AVAILABLE = "creating", "available"


@dataclass
class Record:
    """One instance. asked: the request that made it, without its password."""

    asked: Mapping[str, Any]
    tags: Mapping[str, str]
    password: str
    status: str = CREATING
    server: Instance | None = None


@dataclass
class Instances:
    """All that there are.

    home: where their servers are. hangs: what is being made stays so.
    """

    home: Path
    programs: ClientPrograms
    there: dict[str, Record] = field(default_factory=dict)
    hangs: bool = False

    def add(self, name: str, record: Record) -> None:
        """Begin to make an instance."""
        self.there[name] = record

    def advance(self) -> list[str]:
        """Let what is being made be there; return the names."""
        came = [] if self.hangs else [name for name, one in self.there.items() if one.status == CREATING]
        self.home.mkdir(mode=0o711, exist_ok=True)
        for name in came:
            record = self.there[name]
            record.server = Instance(self.home / name, self.programs)
            record.server.start(record.asked["MasterUsername"], record.password)
            record.status = AVAILABLE
        return came

    def remove(self, name: str) -> None:
        """End an instance, and all that it holds."""
        record = self.there.pop(name)
        if record.server is not None:
            record.server.stop()
            shutil.rmtree(self.home / name, ignore_errors=True)

    def clear(self) -> None:
        """End all."""
        for name in list(self.there):
            self.remove(name)
