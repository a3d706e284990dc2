"""What subscribers of a topic get, kept by a queue that is subscribed beside them."""

import json
from dataclasses import dataclass
from typing import Any

from localcloud.clients import Clients
from localcloud.errors import LocalCloudError


@dataclass(frozen=True)
class Mail:
    """A message of a topic; an e-mail's subject is subject."""

    subject: str
    message: str


class Mailboxes:
    """A mailbox for each topic that is watched; it has what came since."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._queues: dict[str, str] = {}
        self._mails: dict[str, list[Mail]] = {}

    def watch(self, topic: str) -> None:
        """Subscribe a queue to a topic; again, if the topic was made anew under its old name."""
        sqs = self._clients.client("sqs")
        name = f"mailbox-{topic.rpartition(':')[2]}"[:80]
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self._clients.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self._queues[topic] = url
        self._mails.setdefault(topic, [])

    def mails(self, topic: str) -> list[Mail]:
        """All that came so far, in its order. Raise LocalCloudError if the topic is not watched."""
        if topic not in self._queues:
            raise LocalCloudError(f"topic {topic} is not watched: only those of deployed stacks are")
        mails = self._mails[topic]
        while received := self._receive(self._queues[topic]):
            mails += received
        return list(mails)

    def _receive(self, url: str) -> list[Mail]:
        sqs = self._clients.client("sqs")
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [_mail(json.loads(message["Body"])) for message in messages]


def _mail(body: dict[str, Any]) -> Mail:
    return Mail(body.get("Subject") or "", _text(body["Message"]))


def _text(message: str) -> str:
    """Return a mail's text, which a queue gets within a document; what else was published is as it is."""
    try:
        document = json.loads(message)
    except ValueError:
        return message
    return str(document["text"]) if isinstance(document, dict) and "text" in document else message
