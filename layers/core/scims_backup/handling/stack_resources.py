"""Answering CloudFormation for a resource that a function provides (a 'custom resource')."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

_SECONDS = 20
_MOST_CHARACTERS = 1000
"""CloudFormation takes 4,096 bytes in all."""


def is_asked(event: Mapping[str, Any]) -> bool:
    """Say whether CloudFormation asks, and waits at an address for the answer."""
    return "ResponseURL" in event


def answer(event: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
    """Say that the resource is as it was asked for. attributes: what `!GetAtt` gives, cut where too long.

    Raise OSError if the answer is not taken; CloudFormation then waits for its ServiceTimeout, and fails.
    """
    document = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")} | {
        "PhysicalResourceId": f"{event['StackId']}/{event['LogicalResourceId']}",
        "Status": "SUCCESS",
        "Data": {name: text[:_MOST_CHARACTERS] for name, text in attributes.items()},
    }
    # The signature in the address covers an empty content type
    request = urllib.request.Request(  # noqa: S310  CloudFormation's own address
        event["ResponseURL"], data=json.dumps(document).encode(), method="PUT", headers={"Content-Type": ""}
    )
    urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310
