"""The account's default event bus."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from scims_backup.adapters.notifiers.sns_errors import refusal
from scims_backup.adapters.s3.s3_errors import ERRORS
from scims_backup.domain.errors import NotifierError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "scims.backup"
"""What rules on the bus know our events by."""
_NAME = "the default event bus"


class DefaultEventBus:
    """Puts events on the bus; each is there from the moment that it was taken."""

    def __init__(self, client: EventBridgeClient) -> None:
        self._client = client

    def put(self, kind: str, time: datetime, document: str) -> None:
        """Pass one event on. Raise NotifierError if it was not taken."""
        try:
            answer = self._client.put_events(
                Entries=[{"Source": SOURCE, "DetailType": kind, "Time": time, "Detail": document}]
            )
        except ERRORS as error:
            raise refusal(error, "cannot put an event on", _NAME, "events:PutEvents") from None
        for entry in answer["Entries"]:
            if "ErrorCode" in entry:
                said = f"{entry['ErrorCode']}: {entry.get('ErrorMessage', '')}"
                raise NotifierError(f"{_NAME} rejected an event: {said}", "try again later")
