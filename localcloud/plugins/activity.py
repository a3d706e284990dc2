"""How much LocalStack has under way, told at /_localcloud/activity: nobody need guess when all is quiet."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from localstack.runtime import hooks  # type: ignore[import-not-found]
from localstack.services.events import provider as events  # type: ignore[import-not-found]
from localstack.services.internal import get_internal_apis  # type: ignore[import-not-found]
from localstack.services.lambda_.invocation.internal_sqs_queue import (  # type: ignore[import-not-found]
    get_fake_sqs_client,
)
from localstack.services.lambda_.invocation.logs import (  # type: ignore[import-not-found]
    QUEUE_SHUTDOWN,
    LogHandler,
)

_WATCHED = {"s3_ev": "notifications", "sns_pub": "messages", "lambda-invoker": "invocations"}
"""By the first letters of a thread pool's name."""


class Activity:
    """Counts pieces of work from when they are handed over until they are done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._ever = 0

    def begin(self, kind: str) -> None:
        """One piece more."""
        with self._lock:
            self._under_way[kind] += 1
            self._ever += 1

    def end(self, kind: str) -> None:
        """One piece is done."""
        with self._lock:
            self._under_way[kind] -= 1

    def on_get(self, _request: object) -> dict[str, int]:
        """Answer how much of each kind is under way, and how much there ever was."""
        with self._lock:
            told = {**self._under_way, "ever": self._ever}
        return {**told, "queued": _queued()}


def _queued() -> int:
    """Asynchronous invocations that wait: for a poller, or for the time of their retry."""
    queues = list(get_fake_sqs_client().queue_manager.queues.values())
    return sum(
        queue.approximate_number_of_messages
        + queue.approximate_number_of_messages_delayed
        + queue.approximate_number_of_messages_not_visible
        for queue in queues
    )


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def watch_activity() -> None:
    """Count what LocalStack's thread pools and rules do, and serve the counts."""
    activity = Activity()
    _watch_pools(activity)
    _watch_rules(activity)
    _store_logs_at_once()
    get_internal_apis().add("/_localcloud/activity", activity.on_get)


def _watch_pools(activity: Activity) -> None:
    plain = ThreadPoolExecutor.submit

    def submit(pool: ThreadPoolExecutor, *arguments: Any, **options: Any) -> Future[Any]:
        name = str(pool._thread_name_prefix)  # noqa: SLF001
        kind = next((kind for first, kind in _WATCHED.items() if name.startswith(first)), None)
        if kind is None:
            return plain(pool, *arguments, **options)
        activity.begin(kind)
        future = plain(pool, *arguments, **options)
        future.add_done_callback(lambda _: activity.end(kind))
        return future

    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign,assignment]


def _watch_rules(activity: Activity) -> None:
    plain = events.start_worker_thread

    def start_worker_thread(method: Callable[[Any], Any], params: Any = None, name: str | None = None) -> Any:
        def counted(params: Any) -> None:
            try:
                method(params)
            finally:
                activity.end("rules")

        activity.begin("rules")
        return plain(counted, params, name=name)

    events.start_worker_thread = start_worker_thread


def _store_logs_at_once() -> None:
    """Store what an invocation wrote before it ends.

    LocalStack leaves that to a thread per version of a function, which drops what it has not stored yet when
    the version ends, as it does whenever a function is updated or deleted.
    """

    def add_logs(handler: LogHandler, item: object) -> None:
        once = LogHandler(handler.role_arn, handler.region)
        once.log_queue.put(item)
        once.log_queue.put(QUEUE_SHUTDOWN)
        once.run_log_loop()

    LogHandler.add_logs = add_logs
    LogHandler.start_subscriber = lambda _: None
