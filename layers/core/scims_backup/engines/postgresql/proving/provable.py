"""A PostgreSQL database that is held against a proof: a restored copy, or any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scims_backup.domain.expectations import Expectation
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.engines.postgresql.checks import run_checks
from scims_backup.engines.postgresql.connect.address import PLACE, Address
from scims_backup.engines.postgresql.connect.connection import connected
from scims_backup.engines.postgresql.connect.libpq import place_of
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.dumping.snapshot import held_still
from scims_backup.engines.postgresql.dumping.source import WORKERS
from scims_backup.engines.postgresql.proving.makings import makings
from scims_backup.engines.postgresql.proving.proof_run import ProofRun
from scims_backup.engines.postgresql.proving.same_meaning import same_meaning
from scims_backup.engines.postgresql.proving.tables import read_inventory
from scims_backup.engines.postgresql.rules.proof import Level, Proof, Schema
from scims_backup.ports import Checks, Probe, Progress


class PostgresDatabase:
    """One database. ours: it is a sandbox's, where extensions may be installed for a check."""

    def __init__(self, address: Address, *, ours: bool = False, workers: int = WORKERS) -> None:
        self._address, self._ours, self._workers = address, ours, workers

    def prove(self, level: Level, progress: Progress) -> Proof:
        """Take a proof of the database as it is now. Raise SourceError if it cannot be read."""
        with held_still(self._address) as held:
            with translating(f"listing the tables of {held.address}"):
                inventory = read_inventory(held.exporter)
            run = ProofRun(held, inventory, level, progress, self._workers)
            try:
                return run.result()
            finally:
                run.stop()

    def same_meaning(self, kind: str, name: str, facet: str, expected: str, found: str) -> bool:
        """Say whether a definition's source text, parsed again here, gives the text found here."""
        with connected(self._address) as connection:
            return same_meaning(connection, kind, name, facet, expected, found)

    def extension_made(self, name: str, version: str) -> Sequence[Schema]:
        """Make an extension beside this database, where the server is a sandbox's."""
        return makings(self._address, name, version) if self._ours else ()

    def check(self, expected: Proof, expectations: Sequence[Expectation], role: str | None) -> Checks:
        """Go further than equality."""
        return run_checks(self._address, expected, expectations, role, ours=self._ours)

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        """Let the application's own check look: in a sandbox as its role, elsewhere as we log in."""
        outcome = probe.run(self._address_for_others(role).url())
        if not outcome.passed:
            with connected(self._address):  # a server that is gone is not what the probe found
                pass
        return outcome

    def _address_for_others(self, role: str | None) -> Address:
        """Where the database is, for a program that has nothing of our environment."""
        if self._ours:
            here = self._address.with_parameters(**({"user": role} if role else {}))
            return Address({key: here.parameters[key] for key in PLACE}, filled={})
        with connected(self._address) as connection:
            found, password = place_of(connection), connection.info.password
            return replace(
                self._address.with_parameters(**{**found, "hostaddr": ""}), password=password or None
            )
