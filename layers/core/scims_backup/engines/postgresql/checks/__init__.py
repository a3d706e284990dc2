"""Going further than equality: keys, indexes, sequences, log-in, the deployment's own expectations."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.expectations import Expectation
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.checks import answers, foreign_keys, indexes, login, sequences
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import connected
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.ports import Checks

__all__ = ["run_checks"]


def run_checks(
    address: Address, expected: Proof, expectations: Sequence[Expectation], role: str | None, *, ours: bool
) -> Checks:
    """Look at everything that a comparison with the proof does not show. Raise SourceError if it breaks off.

    role: the application's role, or None; ours: the database is a sandbox's, where extensions may be
    installed for a check and everybody may log in without a password.
    """
    outcomes: list[Finding | NotChecked] = []
    with connected(address) as connection, translating(f"checking {address}"):
        connection.autocommit = True
        outcomes += foreign_keys.check(connection)
        outcomes += sequences.check(connection)
        outcomes += indexes.check(connection, ours=ours)
        if role is not None:
            outcomes += login.check(connection, address, expected, role, ours=ours)
        outcomes += answers.check(connection, expectations)
    return Checks(
        findings=[item for item in outcomes if isinstance(item, Finding)],
        not_checked=[item for item in outcomes if isinstance(item, NotChecked)],
    )
