"""Databases of a server that are held against a proof: restored ones, or any others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256

from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.engines.redis.checks import Asked, probed, run_checks
from scims_backup.engines.redis.connect.redis_errors import READ, errors_as_source
from scims_backup.engines.redis.connect.server_facts import identity
from scims_backup.engines.redis.proving.key_scan import Clients
from scims_backup.engines.redis.proving.server_names import names_on_server
from scims_backup.engines.redis.proving.take_proof import SALT_BYTES, ProofRequest, all_databases
from scims_backup.engines.redis.proving.whole_proof import whole_proof
from scims_backup.engines.redis.rules.comparison import compare
from scims_backup.engines.redis.rules.proof import AtHand, RedisProof, RedisServer
from scims_backup.ports import Checks, Probe, Progress


class RedisDatabase:
    """Databases of one server; implements ports.ProvableDatabase.

    clients: makes a client of a database by its number.
    place: what errors call it, without secrets.
    url: for programs, of the database that the application uses; may have the password.
    database: the number, in proofs, of the database that the application uses.
    databases: number on the server → number in proofs; None for every database that has keys.
    at_hand: opens the key list of the archive that they were loaded from.
    show_names: findings show names of keys.
    """

    def __init__(
        self,
        clients: Clients,
        place: str,
        url: str,
        *,
        database: int = 0,
        databases: Mapping[int, int] | None = None,
        at_hand: AtHand | None = None,
        show_names: bool = False,
    ) -> None:
        self._clients, self._place, self._url = clients, place, url
        self._database, self._databases = database, databases
        self._at_hand, self._show_names = at_hand, show_names

    def prove(self, level: Level, progress: Progress, like: RedisProof | None = None) -> RedisProof:
        """Take a proof of the keys as they are now. Raise SourceError if they cannot be read."""
        with errors_as_source(f"reading the keys of {self._place}", READ):
            with self._clients(0) as client:
                facts = identity(client)
            return whole_proof(
                ProofRequest(
                    clients=self._clients,
                    server=RedisServer(facts.flavour, facts.version, 0, modules=facts.modules),
                    salt=_salt(facts.run_id, like),
                    level=level,
                    progress=progress,
                    databases=self._databases,
                    like=like,
                )
            )

    def compare(self, expected: RedisProof, found: RedisProof) -> Checks:
        """Report every difference. Raise RestoreFailedError if the archive's key list is not the proof's."""
        whole = expected if expected.at_hand else replace(expected, at_hand=self._at_hand)

        def names(wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
            return self._names(whole, wanted) if self._show_names else {}

        return Checks(*compare(whole, found, names))

    def check(self, expected: RedisProof, questions: Questions) -> Checks:  # noqa: ARG002  equality was judged
        """Ask what the deployment expects; nothing is written. Raise SourceError if that fails."""
        numbers = {there: here for here, there in (self._databases or {}).items()}
        asked = Asked(self._clients, self._database, numbers)
        with errors_as_source(f"checking {self._place}"):
            return run_checks(asked, questions, is_disposable=False)

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:  # noqa: ARG002  its password is not known
        """Let the application's own check look, as we log in. Raise SandboxError or SourceError."""
        with errors_as_source(f"probing {self._place}"):
            return probed(probe, self._url, self._clients)

    def _names(self, expected: RedisProof, wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Find names: those of lost keys are in the archive alone."""
        if expected.key_list is None:
            return {}
        salt = bytes.fromhex(expected.key_list.salt)
        with errors_as_source(f"reading the names of keys of {self._place}", READ):
            with self._clients(0) as client:
                databases = all_databases(client) if self._databases is None else self._databases
            found = names_on_server(self._clients, databases, salt, wanted)
        lost = {key for key in wanted if key not in found}
        return {**found, **(expected.names(lost) if lost and expected.names else {})}


def _salt(run_id: str, like: RedisProof | None) -> bytes:
    """Return the salt of the other proof; without one, two proofs of one server have the same."""
    if like is not None and like.key_list is not None:
        return bytes.fromhex(like.key_list.salt)
    return sha256(run_id.encode()).digest()[:SALT_BYTES]
