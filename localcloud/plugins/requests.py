"""The journal of requests: which of our functions and tasks asked LocalStack for what."""

import json
import os
import re
from pathlib import Path
from typing import Any

from localstack.aws import handlers  # type: ignore[import-not-found]
from localstack.runtime import hooks  # type: ignore[import-not-found]

_KEY = re.compile(r"Credential=([^/]+)/")
_TOLD = (
    "Bucket",
    "Key",
    "VersionId",
    "CopySource",
    "SecretId",
    "TopicArn",
    "Source",
    "FunctionName",
    "logGroupName",
)
"""Parameters that name what a request is about."""


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def journal_requests() -> None:
    """Write a line for each request that is answered."""
    journal = os.environ.get("LOCAL_CLOUD_REQUESTS")
    if journal is not None:
        handlers.run_custom_response_handlers.append(_Journal(Path(journal)))


class _Journal:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, _chain: Any, context: Any, _response: Any) -> None:
        key = _KEY.search(context.request.headers.get("Authorization", "")) if context.request else None
        if key is None or context.operation is None:
            return
        asked = context.service_request or {}
        about = {name: asked[name] for name in _TOLD if isinstance(asked.get(name), str)}
        line = {"key": key[1], "service": context.service.service_name, "operation": context.operation.name}
        with self._path.open("a") as file:
            file.write(json.dumps({**line, "about": about}) + "\n")
