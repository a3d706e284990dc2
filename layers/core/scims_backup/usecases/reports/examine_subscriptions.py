"""Whether the people who should get alerts do get them, for `doctor`."""

from __future__ import annotations

from collections.abc import Iterator

from scims_backup.domain.alert import shortened
from scims_backup.domain.health import Observed, fine, problem
from scims_backup.domain.health_rules import named
from scims_backup.ports import Subscriptions

_SUBSCRIBE = "aws sns subscribe --protocol email --topic-arn {} --notification-endpoint ADDRESS"


def look_at_subscriptions(topic: Subscriptions) -> Iterator[Observed]:
    """Judge a topic by who subscribed. Raise NotifierError if they cannot be read."""
    found = topic.read()
    waiting = [shortened(one.protocol, one.endpoint) for one in found if not one.confirmed]
    again = _SUBSCRIBE.format(topic.topic)
    if waiting:
        yield problem(
            f"unconfirmed, so they receive no alerts: {named(waiting)}",
            f"follow the link in AWS's confirmation mail; to send it again: {again}",
            topic.topic,
        )
    elif not found:
        yield problem("there are no subscribers: nobody receives alerts", again, topic.topic)
    else:
        yield fine(f"{len(found)} confirmed", topic.topic)
