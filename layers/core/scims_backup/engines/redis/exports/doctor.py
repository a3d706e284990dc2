"""What `doctor` checks of a cache, of the bucket that it is exported to, and of what a proof needs here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from scims_backup.adapters.aws import client as aws
from scims_backup.domain.health import Check, Observed, fine, problem
from scims_backup.engines.redis.exports.address import ElastiCacheAddress
from scims_backup.engines.redis.exports.cache import Cache, NewClient
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing


@dataclass(frozen=True)
class ElastiCacheExamination:
    """The checks of one cache; implements ports.Examination. None of them makes a snapshot.

    source: its name.
    sandboxing: how servers for proofs are made here.
    new_client: makes a client of a service of AWS.
    """

    source: str
    address: ElastiCacheAddress
    sandboxing: Sandboxing
    new_client: NewClient = aws.new_client

    def checks(self) -> list[Check]:
        """Return the checks in the order in which they run."""
        return [
            Check("connection", self.source, self.connection, needs=("secret",)),
            Check("export-bucket", self.source, self.bucket, needs=("connection",)),
            Check("sandbox-programs", "this machine", self.sandbox_programs, needs=("connection",)),
        ]

    def connection(self) -> Iterator[Observed]:
        """Ask AWS for the cache. Raise SourceError for one that cannot be backed up."""
        engine = self._cache.snapshots.suitable()
        yield fine(f"AWS makes snapshots of {self.address}, {engine.flavour} {engine.version}")

    def bucket(self) -> Iterator[Observed]:
        """Look into the bucket. Raise SourceError if it cannot be used."""
        bucket = self._cache.bucket
        bucket.refuse_other_region()
        bucket.exported("scims-backup-")
        yield fine(f"bucket {bucket.name} is in the cache's region, and can be listed")

    def sandbox_programs(self) -> Iterator[Observed]:
        """Find the server program that proofs and drills need. Raise ToolMissingError."""
        engine = self._cache.snapshots.suitable()
        program = self.sandboxing.program(engine.flavour, engine.version)
        if program.warning:
            yield problem(
                program.warning, f"install {engine.flavour} {engine.version} here", str(program.path)
            )
        else:
            yield fine(f"{program.title} at {program.path}")

    def bytes(self) -> int:
        """Return 0: a restore takes memory, and no room on disk."""
        return 0

    @cached_property
    def _cache(self) -> Cache:
        return Cache(self.address, self.new_client)
