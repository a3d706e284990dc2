"""What a restored server is asked beyond equality: as the application would, and by its expectations."""

from __future__ import annotations

from collections.abc import Callable

from redis import Redis

from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.redis.checks import application, expectations, users
from scims_backup.engines.redis.checks.asked import Asked
from scims_backup.engines.redis.checks.expiries import put_expiries_back
from scims_backup.ports import Checks, Probe

__all__ = ["Asked", "probed", "put_expiries_back", "run_checks"]


def run_checks(asked: Asked, questions: Questions, *, is_disposable: bool) -> Checks:
    """Look at what a comparison with the proof does not show. Raise redis.RedisError if it breaks off.

    is_disposable: the server was made for this, so that something may be written to it.
    """
    outcomes: list[Finding | NotChecked] = []
    if is_disposable:
        outcomes += application.check(asked)
    if questions.role is not None:
        outcomes += users.check(asked, questions.role, is_disposable=is_disposable)
    outcomes += expectations.check(asked, questions.expectations)
    return Checks(
        findings=[item for item in outcomes if isinstance(item, Finding)],
        not_checked=[item for item in outcomes if isinstance(item, NotChecked)],
    )


def probed(probe: Probe, url: str, clients: Callable[[int], Redis]) -> ProbeOutcome:
    """Let the application's own check look. Raise redis.RedisError if it failed, and the server is gone.

    url: where, for a program that has nothing of our environment.
    """
    outcome = probe.run(url)
    if not outcome.passed:
        with clients(0) as client:  # a server that is gone is not what the probe found
            client.ping()
    return outcome
