"""Going further than equality: keys, indexes, sequences, log-in, the deployment's own expectations."""

from __future__ import annotations

from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.checks import expectations, foreign_keys, indexes, login, sequences
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import connected
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.ports import Checks

__all__ = ["run_checks"]


def run_checks(
    address: Address, expected: Proof, questions: Questions, *, may_install: bool, trusts_everybody: bool
) -> Checks:
    """Look at everything that a comparison with the proof does not show. Raise SourceError if it breaks off.

    may_install: extensions may be installed for a check.
    trusts_everybody: every role may log in without a password.
    """
    outcomes: list[Finding | NotChecked] = []
    with connected(address) as connection, translating(f"checking {address}"):
        connection.autocommit = True
        outcomes += foreign_keys.check(connection)
        outcomes += sequences.check(connection)
        outcomes += indexes.check(connection, may_install=may_install)
        if questions.role is not None:
            outcomes += login.check(
                connection, address, expected, questions.role, trusts_everybody=trusts_everybody
            )
        outcomes += expectations.check(connection, questions.expectations)
    return Checks(
        findings=[item for item in outcomes if isinstance(item, Finding)],
        not_checked=[item for item in outcomes if isinstance(item, NotChecked)],
    )
