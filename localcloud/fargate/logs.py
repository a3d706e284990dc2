"""What a container writes, sent to CloudWatch Logs as the awslogs driver sends it."""

import queue
import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from localcloud.embedded_format import embedded_in

_AT_ONCE = 500


class LogGroupMissingError(Exception):
    """The driver could not make its stream, and the container cannot start."""


class Watch(NamedTuple):
    """The clients of CloudWatch: of its logs, and of its metrics."""

    logs: Any
    metrics: Any


class LogStream:
    """A stream `<prefix>/<container>/<task id>` that takes lines; metrics that they declare are put too."""

    def __init__(self, watch: Watch, options: Mapping[str, str], container: str, task: str) -> None:
        self.group = options["awslogs-group"]
        self.name = f"{options['awslogs-stream-prefix']}/{container}/{task}"
        self._watch = watch
        self._lines: queue.Queue[tuple[int, str] | None] = queue.Queue()
        self._create()
        self._sender = threading.Thread(target=self._send, daemon=True)
        self._sender.start()

    def write(self, line: str) -> None:
        """Take a line; it is sent soon."""
        self._lines.put((time.time_ns() // 1_000_000, line))

    def close(self) -> None:
        """Wait until all lines are sent."""
        self._lines.put(None)
        self._sender.join()

    def _create(self) -> None:
        try:
            self._watch.logs.create_log_stream(logGroupName=self.group, logStreamName=self.name)
        except ClientError as error:
            raise LogGroupMissingError(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried "
                f"1 times: failed to create Cloudwatch log stream: {error.response['Error']['Code']}: "
                f"{error.response['Error']['Message']} : exit status 1"
            ) from None

    def _send(self) -> None:
        open_ = True
        while open_:
            waiting = [self._lines.get()]
            while waiting[-1] is not None and len(waiting) < _AT_ONCE and not self._lines.empty():
                waiting.append(self._lines.get())
            open_ = waiting[-1] is not None
            events = [
                {"timestamp": line[0], "message": line[1] or " "} for line in waiting if line is not None
            ]
            if events:
                self._put(events)

    def _put(self, events: list[dict[str, Any]]) -> None:
        self._watch.logs.put_log_events(logGroupName=self.group, logStreamName=self.name, logEvents=events)
        for embedded in embedded_in("\n".join(event["message"] for event in events)):
            self._watch.metrics.put_metric_data(Namespace=embedded.namespace, MetricData=embedded.data)
