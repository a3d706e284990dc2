"""Loads an RDB into a sandbox while it goes into the vault. A sandbox that fails does not end the backup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Self

import redis

from scims_backup.domain.errors import DumpFailedError, RestoreFailedError, SandboxError, ToolMissingError
from scims_backup.engines.redis.connect.redis_errors import translated
from scims_backup.engines.redis.dumping.whole import check_loaded
from scims_backup.engines.redis.programs import Program
from scims_backup.engines.redis.proving.take_proof import ProofRequest, TakenProof, taken_proof
from scims_backup.engines.redis.rdb.frame import Frame
from scims_backup.engines.redis.sandbox.loading import Loading
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.sandbox.server import RunningServer

_REFUSED = "take the backup again; if it fails again, see the server's log: its own RDB does not load"

_COUNTS = "until then back up at level counts, which needs no server program"


class SandboxLoad:
    """One sandbox, from the RDB's first bytes to its proof; it is gone when the context ends.

    name: where the RDB comes from.
    """

    def __init__(self, sandboxing: Sandboxing, name: str) -> None:
        self._sandboxing, self._name = sandboxing, name
        self._way_out = ExitStack()
        self._loading_ends = ExitStack()
        self._server: RunningServer | None = None
        self._loading: Loading | None = None
        self._taken: TakenProof | None = None
        self.program: Program | None = None
        """The server program, once the RDB has said which one it needs."""
        self.why_not: SandboxError | None = None
        """Why the sandbox cannot be used any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._way_out.close()

    def write(self, aux: Mapping[str, str], shifted: bytes) -> None:
        """Load the next bytes. aux: what the RDB has said of its server up to now.

        Raise DumpFailedError if a server refuses them, ToolMissingError if there is no program for it.
        """
        if self.why_not or not shifted:
            return
        with self._spared():
            if self._loading is None:
                self._loading = self._opened(aux)
            self._loading.write(shifted)

    def finish(self, frame: Frame) -> None:
        """Wait until the RDB is loaded. Raise DumpFailedError if it is not, or not all of it."""
        if self.why_not or self._loading is None or self._server is None:
            return
        with self._spared():
            if frame.ambiguous:
                raise SandboxError(
                    f"a proof cannot hold expiries after the year 285,000 (keys with one: {frame.ambiguous})",
                    "set an earlier expiry on them, or none",
                )
            self._loading.finish()
            self._loading_ends.close()
            check_loaded(frame, self._server.keys(), self._name)

    def taken(self, request: ProofRequest) -> TakenProof | None:
        """Read what was loaded; None if the sandbox has failed. request: without clients."""
        if self.why_not or self._server is None:
            return None
        with self._spared():
            self._taken = self._way_out.enter_context(taken_proof(request))
        return self._taken

    @property
    def clients(self) -> RunningServer:
        """Whatever makes clients of the loaded databases."""
        assert self._server is not None  # noqa: S101  asked once it is loaded
        return self._server

    def _opened(self, aux: Mapping[str, str]) -> Loading:
        flavour = "valkey" if "valkey-ver" in aux else "redis"
        try:
            self.program = self._sandboxing.program(flavour, aux.get(f"{flavour}-ver", ""))
        except ToolMissingError as error:
            raise ToolMissingError(error.message, f"{error.cure}; {_COUNTS}") from None
        memory = int(aux.get("used-mem", 0))
        self._server = self._way_out.enter_context(self._sandboxing.server(self.program, memory))
        self._way_out.push(self._loading_ends)
        return self._loading_ends.enter_context(self._server.loading())

    @contextmanager
    def _spared(self) -> Iterator[None]:
        """Give the sandbox up where it has failed, and nothing else."""
        try:
            yield
        except SandboxError as error:
            self._give_up(error)
        except RestoreFailedError as error:
            raise DumpFailedError(
                f"the RDB of {self._name} does not load: {error.message}", error.cure or _REFUSED
            ) from error
        except redis.RedisError as error:
            death = self._server.death() if self._server else None
            if death is None:
                raise translated(error, f"proving the RDB of {self._name}") from None
            self._give_up(death)

    def _give_up(self, error: SandboxError) -> None:
        self.why_not = error
        self._way_out.close()
