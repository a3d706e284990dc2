"""What `doctor` looks at in a server, and in what a proof of it needs here; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from scims_backup.domain.errors import SandboxError, SourceAccessError
from scims_backup.domain.health import Check, Observed, fine, not_checked, problem
from scims_backup.domain.health_rules import clock_beside
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.client import client_of
from scims_backup.engines.redis.connect.redis_errors import GRANT, errors_as_source
from scims_backup.engines.redis.connect.rights import may_replicate
from scims_backup.engines.redis.connect.server_facts import facts_of
from scims_backup.engines.redis.dumping.preflight import looked_at
from scims_backup.engines.redis.rules.concerns import Concern, Weight
from scims_backup.engines.redis.sandbox.memory import check_room
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing


@dataclass(frozen=True)
class RedisExamination:
    """The looks at one server; implements ports.Examination.

    source: its name.
    address: makes the address, since a secret may be missing.
    sandboxing: how servers for proofs are made here.
    """

    source: str
    address: Callable[[], RedisAddress]
    sandboxing: Sandboxing
    clock: Callable[[], datetime]

    def checks(self) -> list[Check]:
        """Return the checks in the order in which they run: what others need comes first."""
        others = (
            ("replication-rights", self.source, self.rights),
            ("server-settings", self.source, self.settings),
            ("clock", "this machine's clock", self.clocks),
            ("sandbox-programs", "this machine", self.sandbox_programs),
            ("sandbox-memory", "this machine", self.room),
        )
        return [
            Check("connection", self.source, self.connection, needs=("secret",)),
            *(Check(name, what, look, needs=("connection",)) for name, what, look in others),
        ]

    def connection(self) -> Iterator[Observed]:
        """Connect. Raise SourceError if that fails, or the server is none that can be backed up."""
        address = self.address()
        facts = facts_of(address)
        yield fine(f"{address.user or 'the default user'} reaches {address}, {facts.title}")

    def rights(self) -> Iterator[Observed]:
        """Look whether the user may take an RDB. Raise SourceAccessError if not."""
        address = self.address()
        facts = facts_of(address)
        with client_of(address, database=0) as client, errors_as_source(f"asking {address} for rights"):
            allowed = may_replicate(client, facts)
        if allowed is None:
            yield not_checked("the server does not say whether the user may run PSYNC", "allow +multi to it")
        elif not allowed:
            raise SourceAccessError(
                f"{address.user or 'the default user'} may not run REPLCONF and PSYNC", GRANT
            )
        else:
            yield fine("the user may ask for the server's RDB")

    def settings(self) -> Iterator[Observed]:
        """Look at the server's memory and settings."""
        address = self.address()
        for one in looked_at(address, facts_of(address)):
            yield _observed(one)

    def clocks(self) -> Iterator[Observed]:
        """Hold this machine's clock against the server's, at the middle of the question."""
        address = self.address()
        with client_of(address, database=0) as client, errors_as_source(f"asking {address} for the time"):
            asked = self.clock()
            try:
                seconds, microseconds = client.time()
            except redis.ResponseError:
                yield not_checked("the user may not ask for the server's time", "allow +time")
                return
            ours = asked + (self.clock() - asked) / 2
        yield clock_beside(ours, datetime.fromtimestamp(seconds + microseconds / 1e6, UTC), "the server's")

    def sandbox_programs(self) -> Iterator[Observed]:
        """Find the server program that proofs and drills need. Raise ToolMissingError."""
        facts = facts_of(self.address())
        program = self.sandboxing.program(facts.flavour, facts.version)
        if program.warning:
            yield problem(program.warning, f"install {facts.title} here as well", str(program.path))
        else:
            yield fine(f"{program.title} at {program.path}")

    def room(self) -> Iterator[Observed]:
        """Look whether there is memory for the sandbox's server."""
        facts = facts_of(self.address())
        try:
            check_room(facts.used_memory, self.sandboxing.environment)
        except SandboxError as error:
            yield problem(f"a proof counts keys only: {error.message}", error.cure)
            return
        yield fine("there is memory to load the server's data for its proof")

    def bytes(self) -> int:
        """Return 0: a restore takes memory, and no room on disk."""
        return 0


def _observed(one: Concern) -> Observed:
    if one.weight is Weight.PROBLEM:
        return problem(one.message, one.cure)
    if one.weight is Weight.UNKNOWN:
        return not_checked(one.message, one.cure)
    return fine(one.message)
