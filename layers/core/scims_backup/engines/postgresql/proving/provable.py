"""A PostgreSQL database that is held against a proof: a restored copy, or any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scims_backup.domain.errors import TargetError
from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
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
from scims_backup.engines.postgresql.rules.comparison import compare
from scims_backup.engines.postgresql.rules.managed import comparable
from scims_backup.engines.postgresql.rules.of_server import apart_from_server, is_of_superuser
from scims_backup.engines.postgresql.rules.proof import Proof, Schema
from scims_backup.engines.postgresql.targets.restore_refusals import OF_RDS
from scims_backup.ports import Checks, Probe, Progress


class PostgresDatabase:
    """One database; implements ports.ProvableDatabase.

    may_install: extensions may be installed for a check, and made beside it for a comparison.
    trusts_everybody: every role logs in without a password.
    managed: the server is in RDS, which lacks by name what rules.managed lists.
    has_server_for_itself: the server's roles are there for this database alone, so they are judged with it.
    """

    def __init__(
        self,
        address: Address,
        *,
        may_install: bool = False,
        trusts_everybody: bool = False,
        has_server_for_itself: bool = True,
        managed: bool = False,
        workers: int = WORKERS,
    ) -> None:
        self._address, self._workers = address, workers
        self._may_install, self._trusts_everybody = may_install, trusts_everybody
        self._has_server_for_itself, self._managed = has_server_for_itself, managed

    def prove(self, level: Level, progress: Progress, like: Proof | None = None) -> Proof:  # noqa: ARG002  none needed
        """Take a proof of the database as it is now. Raise SourceError if it cannot be read."""
        with held_still(self._address) as held:
            with translating(f"listing the tables of {held.address}"):
                inventory = read_inventory(held.exporter)
            run = ProofRun(held, inventory, level, progress, self._workers)
            try:
                return run.result()
            finally:
                run.stop()

    def compare(self, expected: Proof, found: Proof) -> Checks:
        """Report every difference; what is written differently is parsed here, and compared again."""
        if self._managed:
            return self._compared_in_rds(expected, found)
        checks = Checks(*compare(expected, found, self._same_meaning, self._extension_made))
        return checks if self._has_server_for_itself else apart_from_server(checks)

    def _compared_in_rds(self, expected: Proof, found: Proof) -> Checks:
        """Compare. Raise TargetError if nothing differs but what only a superuser could have restored."""
        source, here, unjudged = comparable(expected, found)
        findings, not_checked = compare(source, here, self._same_meaning, self._extension_made)
        if findings and all(map(is_of_superuser, findings)):
            first = findings[0]
            raise TargetError(
                f"the sandbox in RDS differs in what only a superuser restores: {first.object}: "
                f"{first.expected} expected, {first.found} found",
                OF_RDS,
            )
        return Checks(findings, [*not_checked, *unjudged])

    def check(self, expected: Proof, questions: Questions) -> Checks:
        """Go further than equality."""
        return run_checks(
            self._address,
            expected,
            questions,
            may_install=self._may_install,
            trusts_everybody=self._trusts_everybody,
        )

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        """Let the application's own check look: in a sandbox as its role, elsewhere as we log in."""
        outcome = probe.run(self._address_for_others(role).url())
        if not outcome.passed:
            with connected(self._address):  # a server that is gone is not what the probe found
                pass
        return outcome

    def _same_meaning(self, kind: str, name: str, facet: str, expected: str, found: str) -> bool:
        """Say whether a definition's source text, parsed again here, gives the text found here."""
        with connected(self._address) as connection:
            return same_meaning(connection, kind, name, facet, expected, found)

    def _extension_made(self, name: str, version: str) -> Sequence[Schema]:
        """Make an extension beside this database, where the server is a sandbox's."""
        return makings(self._address, name, version) if self._may_install else ()

    def _address_for_others(self, role: str | None) -> Address:
        """Where the database is, for a program that has nothing of our environment."""
        if self._trusts_everybody:
            here = self._address.with_parameters(**({"user": role} if role else {}))
            return Address({key: here.parameters[key] for key in PLACE}, filled={})
        with connected(self._address) as connection:
            found, password = place_of(connection), connection.info.password
            return replace(
                self._address.with_parameters(**{**found, "hostaddr": ""}), password=password or None
            )
