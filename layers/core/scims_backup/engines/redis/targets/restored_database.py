"""Databases of a live server that are held against a proof: restored ones, copies, or the live ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scims_backup.domain.errors import OtherServerError, TargetError
from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import NotChecked
from scims_backup.engines.redis.checks import Asked, probed, run_checks
from scims_backup.engines.redis.connect.redis_errors import errors_as_source
from scims_backup.engines.redis.rules.comparison import compare
from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.rules.part_of_proof import part_of
from scims_backup.engines.redis.rules.proof import AtHand, RedisProof
from scims_backup.engines.redis.targets.live_proof import proof_of
from scims_backup.engines.redis.targets.live_server import Client, LiveServer
from scims_backup.ports import Checks, Probe, Progress

_FUNCTIONS = "they belong to the server, and are installed by a swap only, if they were asked for"


@dataclass(frozen=True)
class Loaded:
    """What is known of databases that this process restored.

    at_hand: opens the key list at the archive's end; None if it is not at hand.
    out: the databases of the backup that were left out, and why.
    """

    at_hand: AtHand | None = None
    out: Mapping[int, str] = field(default_factory=dict)


class RestoredDatabase:
    """The databases of one name; implements ports.ProvableDatabase.

    proven: gets each proof of them.
    """

    def __init__(
        self, server: LiveServer, name: str, loaded: Loaded, proven: Callable[[str, RedisProof], None]
    ) -> None:
        self._server, self._name, self._loaded, self._proven = server, name, loaded, proven

    def prove(self, level: Level, progress: Progress, like: RedisProof | None = None) -> RedisProof:
        """Read every key, but those of ours. Raise SourceError if the databases are not there."""
        proof = proof_of(self._server, self._databases(), level, progress, like)
        self._proven(self._name, proof)
        return proof

    def compare(self, expected: RedisProof, found: RedisProof) -> Checks:
        """Report every difference of the databases that were restored."""
        there = set(self._databases().values()) & {*_databases_in(expected), *_databases_in(found)}
        whole = expected.with_list(self._loaded.at_hand)
        findings, not_checked = compare(part_of(whole, there), part_of(found, there))
        return Checks(findings, [*not_checked, *self._left_out(expected, there)])

    def check(self, expected: RedisProof, questions: Questions) -> Checks:  # noqa: ARG002  equality was judged
        """Ask its expectations; nothing is written. Raise SourceError if the databases are not there."""
        with errors_as_source(f"checking {self._name}"):
            return run_checks(self._asked(), questions, is_disposable=False)

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:  # noqa: ARG002  a user's password is not known
        """Let the application's own check look at the database that it uses, as we log in.

        Raise SandboxError if it could not be run.
        """
        asked = self._asked()
        here = asked.numbers.get(asked.database, min(asked.numbers.values()))
        with errors_as_source(f"probing {self._name}"):
            return probed(probe, self._server.address.with_database(here).url(), asked.clients)

    def _asked(self) -> Asked:
        """Return how questions reach the databases: by their numbers in the source."""
        numbers = {there: here for here, there in self._databases().items()}
        return Asked(self._client, self._server.address.database, numbers)

    def _client(self, number: int) -> Client:
        """Return a client that does not count the marker of restored databases: the source had none."""
        client = self._server.client(number)
        if self._name != self._server.live:
            for kind in (str, str.encode):  # expectations are sent as bytes
                client.response_callbacks[kind("DBSIZE")] = lambda keys: keys - 1
                client.response_callbacks[kind("KEYS")] = lambda names: [one for one in names if one != KEY]
        return client

    def _left_out(self, expected: RedisProof, there: set[int]) -> list[NotChecked]:
        out = dict.fromkeys(_databases_in(expected) - there, "it was left out of the restore")
        said = [
            NotChecked(f"database {number}", self._loaded.out.get(number, why)) for number, why in out.items()
        ]
        if expected.functions:
            said.append(NotChecked("functions", _FUNCTIONS))
        return said

    def _databases(self) -> dict[int, int]:
        """Return the numbers of the name. Raise OtherServerError if it has none any more."""
        try:
            return self._server.databases_of(self._name)
        except TargetError as error:
            raise OtherServerError(error.message, error.cure) from error


def _databases_in(proof: RedisProof) -> set[int]:
    return {one.database for one in proof.keys if one.keys}
