"""Pings before and after a run, and notifications after it. What fails here only warns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from scims_backup.cli.exits import Exit
from scims_backup.cli.failures import Failure, failure_of
from scims_backup.domain.errors import (
    NothingToWorkOnError,
    OperationFailedError,
    ScimsBackupError,
    UsageError,
    is_recorded,
)
from scims_backup.domain.events import Kind
from scims_backup.domain.ping import Signal
from scims_backup.settings.flags import Needs
from scims_backup.usecases.alerts.notify import Notify

if TYPE_CHECKING:
    from scims_backup.bootstrap.application import Application
    from scims_backup.cli.session import Session
    from scims_backup.settings.model import Settings

Result = TypeVar("Result")
_FAILED = {
    "backup": Kind.BACKUP_FAILED,
    "collect": Kind.BACKUP_FAILED,
    "copy": Kind.COPY_FAILED,
    "drill": Kind.DRILL_INCONCLUSIVE,
    "prune": Kind.PRUNE_FAILED,
    "restore": Kind.RESTORE_FAILED,
}
"""What a run is that failed before its use case could record that."""


@dataclass
class Report:
    """How the run ended, so far."""

    code: int = Exit.DONE


@contextmanager
def reporting(session: Session) -> Iterator[Report]:
    """Report what is run while inside; the run sets the exit code. Its exceptions go on."""
    report = Report()
    with ExitStack() as stack:
        running = _Running(session, stack)
        running.begin()
        try:
            yield report
        except BaseException as error:
            running.failed(error)
            raise
        running.ended(report.code)


class _Running:
    """One run that is reported, if its settings name somebody to report to."""

    def __init__(self, session: Session, stack: ExitStack) -> None:
        self._name = session.request.reported_as
        self._session = session
        self._stack = stack
        self._settings = self._read() if self._name else None
        self._wait_for_start: Callable[[], None] | None = None

    def begin(self) -> None:
        """Begin the first ping; the run does not wait for it."""
        self._wait_for_start = self._attempt(lambda: self._begin_ping(Signal.START, ""))

    def ended(self, code: int) -> None:
        """Report a run that has an answer."""
        self._finish(Signal.FAIL if code else Signal.SUCCESS, f"exit code {int(code)}")

    def failed(self, error: BaseException) -> None:
        """Report a run that an exception ended."""
        failure = failure_of(error, self._session.invocation.redactor)
        if isinstance(error, Exception) and _is_news(error):
            self._attempt(lambda: self._record(error, failure))
        self._finish(Signal.FAIL, f"{failure.kind}: {failure.message}\n{failure.cure}".rstrip())

    def _read(self) -> Settings | None:
        """Return settings that need no more than a catalog; None if nobody is named, or they are wrong."""
        try:
            settings = self._quiet.settings
        except UsageError:
            return None  # the run says so
        return settings if settings.receivers or settings.ping.of(self._name) else None

    @cached_property
    def _quiet(self) -> Session:
        request = self._session.request
        quiet = replace(request, needs=Needs(), output=replace(request.output, quiet=True))
        return replace(self._session, request=quiet)

    @cached_property
    def _application(self) -> Application:
        return self._stack.enter_context(self._quiet.application())

    def _begin_ping(self, signal: Signal, says: str) -> Callable[[], None] | None:
        if self._settings is None or self._settings.ping.of(self._name) is None:
            return None
        return self._stack.enter_context(self._application.ping(self._name, signal, says))

    def _finish(self, signal: Signal, outcome: str) -> None:
        if self._settings is None:
            return
        if self._wait_for_start is not None:
            self._attempt(self._wait_for_start)  # the last ping must not overtake the first
        says = f"{self._name} of {self._settings.source}: {outcome}"
        wait = self._attempt(lambda: self._begin_ping(signal, says))
        if wait is not None:
            self._attempt(wait)
        if self._settings.receivers:
            self._attempt(lambda: self._with_warnings(Notify.run))

    def _record(self, error: Exception, failure: Failure) -> None:
        """Record a failure that the run could not record, and send it if the catalog does not take it."""
        kind = _FAILED.get(self._name)
        if kind is None or self._settings is None or not self._settings.receivers:
            return
        understood = OperationFailedError(failure.message, failure.cure)
        event = self._application.record_unrecorded(kind, understood, error)
        if event is not None:
            self._with_warnings(lambda notify: notify.send_unrecorded(event))

    def _with_warnings(self, send: Callable[[Notify], object]) -> None:
        notify = self._application.notify()
        try:
            send(notify)
        finally:
            self._session.warn(notify.problems)

    def _attempt(self, do: Callable[[], Result]) -> Result | None:
        invocation = self._session.invocation
        try:
            return do()
        except ScimsBackupError as error:
            self._session.warn([str(error)])
        except Exception as error:  # noqa: BLE001  a notification fails no run, for no reason
            self._session.warn([f"unexpected {type(error).__name__} while reporting the run"])
            if invocation.wants_tracebacks(self._session.request.output):
                print(invocation.redactor.traceback(error), file=sys.stderr, flush=True)  # noqa: T201
        return None


def _is_news(error: Exception) -> bool:
    """Say whether no event records a failure; a person at a terminal knows of a mistake in the command."""
    is_mistake = isinstance(error, UsageError | NothingToWorkOnError) and sys.stderr.isatty()
    return not is_mistake and not is_recorded(error)
