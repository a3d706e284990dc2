"""A live server that is held against a proof."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import NotChecked
from scims_backup.engines.redis.checks import Asked, probed, run_checks
from scims_backup.engines.redis.connect.redis_errors import READ, errors_as_source
from scims_backup.engines.redis.proving.key_scan import Clients
from scims_backup.engines.redis.proving.server_names import names_on_server
from scims_backup.engines.redis.proving.take_proof import all_databases
from scims_backup.engines.redis.proving.whole_proof import whole_proof
from scims_backup.engines.redis.rules.comparison import compare
from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.rules.part_of_proof import in_databases, live_in, marked_in
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.ports import Checks, Probe, Progress

_MARKED = f"a restore put it there, or aside: it has the key {KEY.decode()}"


class RedisDatabase:
    """The databases of one server that have keys; implements ports.ProvableDatabase.

    What a restore put beside the live ones, and the backup does not have as live ones, is left out.

    clients: makes a client of a database by its number.
    place: what errors call it, without secrets.
    url: for programs, of the database that the application uses; may have the password.
    database: the number of the database that the application uses.
    show_names: findings show names of keys.
    """

    def __init__(
        self, clients: Clients, place: str, url: str, *, database: int = 0, show_names: bool = False
    ) -> None:
        self._clients, self._place, self._url = clients, place, url
        self._database, self._show_names = database, show_names

    def prove(self, level: Level, progress: Progress, like: RedisProof | None = None) -> RedisProof:
        """Take a proof of the keys as they are now. Raise SourceError if they cannot be read."""
        with errors_as_source(f"reading the keys of {self._place}", READ):
            databases, _ = self._live_and_not(like)
            numbers = {number: number for number in databases}
            return whole_proof(self._clients, level, progress, like, databases=numbers)

    def compare(self, expected: RedisProof, found: RedisProof) -> Checks:
        """Report every difference. Raise RestoreFailedError if the archive's key list is not the proof's."""
        with errors_as_source(f"reading the keys of {self._place}", READ):
            databases, beside = self._live_and_not(expected)

        def names(wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
            return self._names(expected, databases, wanted) if self._show_names else {}

        judged = live_in(expected) | set(databases)
        findings, not_checked = compare(in_databases(expected, judged), in_databases(found, judged), names)
        return Checks(findings, [*not_checked, *(NotChecked(f"database {one}", _MARKED) for one in beside)])

    def check(self, expected: RedisProof, questions: Questions) -> Checks:  # noqa: ARG002  equality was judged
        """Ask what the deployment expects; nothing is written. Raise SourceError if that fails."""
        with errors_as_source(f"checking {self._place}"):
            return run_checks(Asked(self._clients, self._database), questions, is_disposable=False)

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:  # noqa: ARG002  its password is not known
        """Let the application's own check look, as we log in. Raise SandboxError or SourceError."""
        with errors_as_source(f"probing {self._place}"):
            return probed(probe, self._url, self._clients)

    def _live_and_not(self, like: RedisProof | None) -> tuple[list[int], list[int]]:
        """Return the databases that are read, and those beside them, here or in the backup."""
        with self._clients(0) as client:
            filled = all_databases(client)
        marked = {number for number in filled if self._is_marked(number)}
        if like is not None:
            marked = marked - live_in(like) | marked_in(like)
        return [number for number in filled if number not in marked], sorted(marked)

    def _is_marked(self, number: int) -> bool:
        with self._clients(number) as client:
            return bool(client.exists(KEY))

    def _names(
        self, expected: RedisProof, databases: Collection[int], wanted: Collection[bytes]
    ) -> Mapping[bytes, bytes]:
        """Find names: those of lost keys are in the archive alone."""
        if expected.key_list is None:
            return {}
        salt = bytes.fromhex(expected.key_list.salt)
        with errors_as_source(f"reading the names of keys of {self._place}", READ):
            found = names_on_server(self._clients, {one: one for one in databases}, salt, wanted)
        lost = {key for key in wanted if key not in found}
        return {**found, **(expected.names(lost) if lost and expected.names else {})}
