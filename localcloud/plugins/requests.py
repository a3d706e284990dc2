"""Who asked LocalStack for what, into the journal of requests."""

import os
from pathlib import Path
from typing import Any

from localstack.aws import handlers  # type: ignore[import-not-found]
from localstack.runtime import hooks  # type: ignore[import-not-found]

from localcloud.requests_journal import note_request, note_taken_role


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
        if context.request is None or context.operation is None:
            return
        authorization = context.request.headers.get("Authorization", "")
        note_request(
            self._path,
            authorization,
            context.service.service_name,
            context.operation.name,
            context.service_request or {},
        )
        if context.operation.name == "AssumeRole" and context.service_response:
            key = context.service_response["Credentials"]["AccessKeyId"]
            role = context.service_request["RoleArn"].rpartition("/")[2]
            note_taken_role(self._path, authorization, key, role)
