"""Running the work of a function: its log, and what becomes of failures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from scims_backup.domain.errors import TimeIsUpError, is_recorded
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.runtime.logs import Redactor, log_warnings, structured_logger
from scims_backup.runtime.progress.plain import PlainProgress

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

MARGIN = timedelta(minutes=1)
"""What work that does not end leaves of the function's time: to end programs, give back claims, say so."""
Outcome = dict[str, Any]
"""What a function returns: `outcome`, a word, and facts beside it."""


class Context(Protocol):
    """What is used of the context that Lambda gives a handler."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends the function."""


class UntoldError(Exception):
    """A failure that no event records: only a failed invocation can report it."""


@dataclass(frozen=True)
class Run:
    """One run of a function.

    request: its id, the same when Lambda repeats the request.
    remaining: how long the function may still run.
    progress: goes to the function's log.
    """

    request: str
    remaining: Callable[[], timedelta]
    environment: Mapping[str, str]
    redactor: Redactor
    progress: PlainProgress

    def time_to_work(self) -> timedelta:
        """Return how long the function may work, so that there is time to stop, to clean up and to say so."""
        return self.remaining() - MARGIN


def run(service: str, context: Context, work: Callable[[Run], Outcome]) -> Outcome:
    """Do the work of a function and return its outcome.

    What failed and was recorded as an event is an outcome too; raise UntoldError, without secrets, for
    everything else. service: the function's name in logs.
    """
    redactor = Redactor.of_environment(os.environ)
    log_warnings(redactor, structured=True)
    logger = structured_logger(redactor, service=service)
    logger.append_keys(function_request_id=context.aws_request_id)
    progress = PlainProgress(logger.info, time.monotonic)
    try:
        answer = work(Run(context.aws_request_id, _remaining(context), os.environ, redactor, progress))
    except (Exception, TimeIsUpError) as error:  # noqa: BLE001  the last place that can keep secrets out of it
        answer = _failed(error, redactor, logger)
    finally:
        progress.close()
    logger.info("outcome", extra={"outcome": answer})
    return answer


def _remaining(context: Context) -> Callable[[], timedelta]:
    return lambda: timedelta(milliseconds=context.get_remaining_time_in_millis())


def _failed(error: BaseException, redactor: Redactor, logger: Logger) -> Outcome:
    logger.error(redactor.frames(error))
    message = redactor.message(error)
    if is_recorded(error):
        return outcome(Result.FAILED, error=type(error).__name__, message=message)
    raise UntoldError(_one_line(f"{type(error).__name__}: {message}")) from None


def _one_line(text: str) -> str:
    """Make a text fit into quotes: the event bus writes a mail around it and may not escape it."""
    return " ".join(text.replace('"', "'").replace("\\", "/").split())
