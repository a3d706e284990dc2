"""What a sandbox's server holds, held against a proof; implements ports.ProvableDatabase."""

from __future__ import annotations

from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.engines.redis.checks import Asked, probed, put_expiries_back, run_checks
from scims_backup.engines.redis.connect.redis_errors import errors_as_source
from scims_backup.engines.redis.proving.whole_proof import whole_proof
from scims_backup.engines.redis.rules.comparison import compare
from scims_backup.engines.redis.rules.proof import AtHand, RedisProof
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.ports import Checks, Probe, Progress


class SandboxDatabase:
    """All databases of a sandbox's server.

    They are proven with the expiries that they were loaded with, which are shifted; before anybody looks at
    them as the application would, expiries are put back as they were, and keys expire.

    at_hand: opens the key list at the archive's end; None until it is there, or if there is none.
    """

    def __init__(self, server: RunningServer) -> None:
        self.at_hand: AtHand | None = None
        self._server = server
        self._is_shifted = True

    def prove(self, level: Level, progress: Progress, like: RedisProof | None = None) -> RedisProof:
        """Read every key, as of the source. Raise SourceError if that fails."""
        with errors_as_source("proving the sandbox"):
            return whole_proof(self._server.client, level, progress, like, shifted=self._is_shifted)

    def compare(self, expected: RedisProof, found: RedisProof) -> Checks:
        """Report every difference."""
        return Checks(*compare(expected.with_list(self.at_hand), found))

    def check(self, expected: RedisProof, questions: Questions) -> Checks:  # noqa: ARG002  equality was judged
        """Look as the application would, with expiries as they were. Raise SourceError if that fails."""
        with errors_as_source("checking the sandbox"):
            self._put_expiries_back()
            return run_checks(Asked(self._server.client), questions, is_disposable=True)

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:  # noqa: ARG002  users are in no RDB
        """Let the application's own check look, as the user `default`. Raise SandboxError or SourceError."""
        with errors_as_source("probing the sandbox"):
            self._put_expiries_back()
            return probed(probe, self._server.url_for_others(), self._server.client)

    def _put_expiries_back(self) -> None:
        if self._is_shifted:
            put_expiries_back(self._server.client, self._server.keys())
            self._is_shifted = False
