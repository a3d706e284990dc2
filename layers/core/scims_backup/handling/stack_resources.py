"""Answering CloudFormation for a resource that a function provides (a 'custom resource')."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from scims_backup.domain.errors import UnderstoodError, UsageError
from scims_backup.handling.function_run import Context, UntoldError

Attributes = Mapping[str, str]
"""What `!GetAtt` returns of a resource."""

_PUT_SECONDS = 6.0
_PUT_ATTEMPTS = 3
_RESERVED_SECONDS = _PUT_ATTEMPTS * _PUT_SECONDS + 2
"""Kept of a function's time for the answer, also where the first attempts to put it time out."""
_MOST_CHARACTERS = 800
"""Of a text, each of up to 4 bytes. CloudFormation takes 4,096 bytes in all."""


def is_asked(event: Mapping[str, Any]) -> bool:
    """Say whether CloudFormation asks, and waits at an address for the answer."""
    return "ResponseURL" in event


def property_of(event: Mapping[str, Any], name: str) -> str:
    """Return a property of the resource. Raise UsageError if the template does not set it."""
    text = event["ResourceProperties"].get(name)
    if not isinstance(text, str) or not text:
        raise UsageError(f"{event['LogicalResourceId']} has no {name}", "set it in template.yaml")
    return text


def provide(
    event: Mapping[str, Any],
    context: Context,
    work: Callable[[], Attributes],
    excuse: Callable[[str], Attributes] | None = None,
) -> dict[str, Any]:
    """Answer CloudFormation with the attributes that `work` returns, or else with why there are none.

    It waits for an answer until the resource's ServiceTimeout. So each end of `work` is answered: a return,
    an exception of any kind, and no end while the function has time. Return the answer's status with its
    attributes or its reason.

    event: CloudFormation's request.
    context: says how much time the function has left.
    work: is not called for a resource that is deleted: nothing of it has to go.
    excuse: makes attributes of a failure that must not fail the deployment.

    Raise OSError if the answer cannot be put; Lambda then calls the function again.
    """
    attributes, reason = _tried(event, context, work)
    if reason and excuse:
        attributes, reason = excuse(reason), ""
    answer = _failure(reason) if reason else _success(attributes)
    _put(event, answer)
    return answer


def _tried(
    event: Mapping[str, Any], context: Context, work: Callable[[], Attributes]
) -> tuple[Attributes, str]:
    """Return the attributes and no reason, or no attributes and the reason."""
    if event["RequestType"] == "Delete":
        return {}, ""
    seconds = max(0.0, context.get_remaining_time_in_millis() / 1000 - _RESERVED_SECONDS)
    # In a thread, which can be left behind where a service does not answer; Lambda freezes it when we return
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stack-resource")
    working = pool.submit(work)
    pool.shutdown(wait=False)
    if wait([working], seconds).not_done:
        return {}, f"no result after {seconds:.0f} s; see the function's log, then deploy again"
    error = working.exception()
    return ({}, _reason(error)) if error else (working.result(), "")


def _reason(error: BaseException) -> str:
    """Return what an exception says, or only its kind where nobody has made its text fit to be shown."""
    return str(error) if isinstance(error, (UntoldError, UnderstoodError)) else type(error).__name__


def _success(attributes: Attributes) -> dict[str, Any]:
    return {
        "Status": "SUCCESS",
        "Data": {name: text[:_MOST_CHARACTERS] for name, text in attributes.items()},
    }


def _failure(reason: str) -> dict[str, Any]:
    return {"Status": "FAILED", "Reason": reason[:_MOST_CHARACTERS]}


def _put(event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Put the answer; put twice, it is the same answer."""
    asked = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    physical = {"PhysicalResourceId": f"{event['StackId']}/{event['LogicalResourceId']}"}
    # The signature in the address covers an empty content type
    request = urllib.request.Request(  # noqa: S310  CloudFormation's own address
        event["ResponseURL"],
        data=json.dumps({**asked, **physical, **answer}, ensure_ascii=False).encode(),
        method="PUT",
        headers={"Content-Type": ""},
    )
    for attempt in range(1, _PUT_ATTEMPTS + 1):
        try:
            urllib.request.urlopen(request, timeout=_PUT_SECONDS).close()  # noqa: S310
        except OSError:
            if attempt == _PUT_ATTEMPTS:
                raise
        else:
            return
