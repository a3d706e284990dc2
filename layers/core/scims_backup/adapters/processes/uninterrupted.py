"""Work that a signal's exception must not cut in two."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread, current_thread, main_thread


def uninterrupted(action: Callable[[], None]) -> None:
    """Run an action to its end; what a signal raises meanwhile is raised afterwards.

    Python raises for signals in the main thread only, so the work is done in another one.
    """
    if current_thread() is not main_thread():
        action()
        return
    outcome: Future[None] = Future()
    interruption: BaseException | None = None
    Thread(target=_settle, args=(outcome, action), name="uninterrupted").start()
    while not outcome.done():
        try:
            outcome.exception()
        except BaseException as error:  # noqa: BLE001  # it is raised below, when the work is done
            interruption = error
    if interruption is not None:
        raise interruption from outcome.exception()
    outcome.result()


def _settle(outcome: Future[None], action: Callable[[], None]) -> None:
    try:
        action()
    except BaseException as error:  # noqa: BLE001  # it is raised where the outcome is read
        outcome.set_exception(error)
    else:
        outcome.set_result(None)
