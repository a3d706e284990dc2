"""What people read: of every kind of event, the mail in LocalStack's mailbox, and what a queue gets."""

import json
from urllib.request import urlopen

from localcloud.deployment import Deployment
from scims_backup.domain import keys
from scims_backup.domain.conditions import Cause, cause_of
from tests.support.sample_events import SAMPLES


def test_of_every_kind_of_event_one_readable_mail_arrives_for_each_cause(stack: Deployment):
    s3, bucket = stack.cloud.client("s3"), stack.outputs["CatalogBucket"]
    stored = {keys.event(event.time, event.kind, event.id): event for event in SAMPLES}
    for key, event in stored.items():
        s3.put_object(Bucket=bucket, Key=key, Body=event.to_bytes())
        stack.cloud.settle()
    for key in stored:  # nothing of it happened
        s3.delete_object(Bucket=bucket, Key=key)
    mails = stack.new_mails()
    notices = [event for event in SAMPLES if cause_of(event) is None]
    assert len(mails) == len(Cause) + len(notices)
    read = mailbox(stack)
    for mail in mails:
        assert mail.message.strip() in read
        for said in ("What to do:", "/aws/lambda/scims-", "In the catalog:"):
            assert said in mail.message


def mailbox(stack):
    """Return the texts that LocalStack has mailed."""
    with urlopen(f"{stack.cloud.url}/_aws/ses") as answer:  # noqa: S310  this machine's own
        return [one["Body"]["text_part"].strip() for one in json.load(answer)["messages"]]
