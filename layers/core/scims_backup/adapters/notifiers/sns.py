"""A topic of SNS: who subscribed gets every mail that passes their filter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scims_backup.adapters.notifiers.sns_errors import refusal
from scims_backup.adapters.s3.s3_errors import ERRORS
from scims_backup.domain.alert import Mail
from scims_backup.domain.alert.texts import one_line
from scims_backup.ports import Subscription

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

_LONGEST_SMS = 140
"""SNS sends what is longer as several."""
_PENDING = "PendingConfirmation"
_CONFIRMED = "arn:"
"""What SNS gives in place of a subscription's name; one that was removed may be listed as `Deleted`."""


class SnsTopic:
    """Sends mails to a topic, and knows its subscriptions.

    topic: its ARN.
    """

    def __init__(self, client: SNSClient, topic: str) -> None:
        self.topic = topic
        self._client = client

    def send(self, mail: Mail) -> str:
        """Send one mail and return its id. Raise NotifierError if it was not taken."""
        attributes: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value} for name, value in mail.attributes.items()
        }
        try:
            answer = self._client.publish(
                TopicArn=self.topic,
                Subject=mail.subject,
                Message=by_protocol(mail),
                MessageStructure="json",
                MessageAttributes=attributes,
            )
        except ERRORS as error:
            raise refusal(error, "cannot send a mail to", self._name, "sns:Publish") from None
        return answer["MessageId"]

    def read(self) -> Sequence[Subscription]:
        """Return the subscriptions that count. Raise NotifierError if they cannot be read."""
        pages = self._client.get_paginator("list_subscriptions_by_topic")
        try:
            listed = [one for page in pages.paginate(TopicArn=self.topic) for one in page["Subscriptions"]]
        except ERRORS as error:
            right = "sns:ListSubscriptionsByTopic"
            raise refusal(error, "cannot list the subscriptions of", self._name, right) from None
        return [
            Subscription(one["Protocol"], one["Endpoint"], name != _PENDING)
            for one in listed
            if (name := one["SubscriptionArn"]) == _PENDING or name.startswith(_CONFIRMED)
        ]

    @property
    def _name(self) -> str:
        return f"topic {self.topic}"


def by_protocol(mail: Mail) -> str:
    """Write what each protocol receives: the text by mail, one line by SMS, the document to programs."""
    messages = {"default": mail.document, "email": mail.body, "sms": one_line(mail.subject, _LONGEST_SMS)}
    return json.dumps(messages, ensure_ascii=False)
