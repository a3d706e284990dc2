"""Whether those who are to get alerts get them, for `doctor`."""

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
            f"unconfirmed, so that no alert reaches them: {named(waiting)}",
            f"follow the link in AWS's mail to them; it is sent again by: {again}",
            topic.topic,
        )
    elif not found:
        yield problem("nobody has subscribed: no alert reaches anybody", again, topic.topic)
    else:
        yield fine(f"{len(found)} confirmed", topic.topic)
