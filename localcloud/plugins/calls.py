"""The journal of invocations: a JSON line when one begins, and one when it ends."""

import json
import os
import time

from localcloud.plugins.runtime_api import Answer


def note_call(function: str, request: str, what: str, answer: Answer | None = None) -> None:
    """Add a line; an invocation that ended with an error has its type in it."""
    path = os.environ.get("LOCAL_LAMBDA_CALLS")
    if path is None:
        return
    line = {"time": time.time(), "function": function, "request": request, "what": what}
    if answer is not None:
        line["error"] = _error_type(answer)
        line["answer"] = answer.payload.decode(errors="replace")
    with open(path, "a") as file:  # noqa: PTH123  O_APPEND: a line is written as one
        file.write(json.dumps(line) + "\n")


def _error_type(answer: Answer) -> str | None:
    if not answer.is_error:
        return None
    return str(json.loads(answer.payload).get("errorType", "unknown"))
