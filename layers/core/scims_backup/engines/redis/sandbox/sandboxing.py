"""Where the RDB of a backup is loaded, so that a proof can be taken of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scims_backup.engines.redis.programs import Program, find_server
from scims_backup.engines.redis.sandbox.server import RunningServer, sandbox_server


@dataclass(frozen=True)
class Sandboxing:
    """How servers for proofs are made on this machine.

    programs: the folder that is searched first; None for none.
    root: where the server's own files are; None for the system's directory.
    environment: says how much memory a Lambda function has.
    """

    programs: Path | None = None
    root: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def program(self, flavour: str, version: str) -> Program:
        """Find a server that stands for another. Raise ToolMissingError if there is none."""
        return find_server(flavour, version, self.programs)

    @contextmanager
    def server(self, program: Program, memory: int) -> Iterator[RunningServer]:
        """Run a server until the context ends. memory: bytes that the data took in its source.

        Raise SandboxError if there is not enough memory, or it does not start.
        """
        with sandbox_server(program, self.root, memory, self.environment) as server:
            yield server
