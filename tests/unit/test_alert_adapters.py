"""The topic and the event bus before stubbed clients: what is asked of AWS, and what its refusals become."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.notifiers.event_bus import DefaultEventBus
from scims_backup.adapters.notifiers.sns import SnsTopic
from scims_backup.domain.alert import Mail
from scims_backup.domain.errors import NotifierError
from scims_backup.ports import Subscription

TOPIC = "arn:aws:sns:eu-central-1:123456789012:scims-alerts"
MAIL = Mail("[ERROR] scims-db: backup failed", "text\n", {"kind": "BackupFailed", "severity": "error"}, "{}")
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
DOCUMENT = json.dumps({"version": 1})


@pytest.fixture
def region(offline_client, monkeypatch):  # noqa: ARG001  it clears the environment
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


@pytest.fixture
def sns(region):  # noqa: ARG001  the client is made from the environment
    client = new_client("sns")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def events(region):  # noqa: ARG001  as above
    client = new_client("events")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def test_a_mail_goes_to_the_topic_with_what_subscribers_filter_by(sns):
    client, stubber = sns
    asked = {
        "TopicArn": TOPIC,
        "Subject": MAIL.subject,
        "Message": json.dumps({"default": "{}", "email": "text\n", "sms": MAIL.subject}),
        "MessageStructure": "json",
        "MessageAttributes": {
            "kind": {"DataType": "String", "StringValue": "BackupFailed"},
            "severity": {"DataType": "String", "StringValue": "error"},
        },
    }
    stubber.add_response("publish", {"MessageId": "m-1"}, asked)
    assert SnsTopic(client, TOPIC).send(MAIL) == "m-1"


@pytest.mark.parametrize(
    ("code", "status", "cure"),
    [
        ("AuthorizationError", 403, "role allows sns:Publish on topic"),
        ("NotFound", 404, "exists"),
        ("KMSAccessDenied", 400, "kms:GenerateDataKey"),
        ("KMSDisabled", 400, "key of topic"),
        ("InternalError", 500, "later try"),
        ("InvalidParameter", 400, "check topic"),
    ],
)
def test_a_refused_mail_is_an_error_that_names_topic_and_cure(sns, code, status, cure):
    client, stubber = sns
    stubber.add_client_error("publish", code, "Because.", status)
    with pytest.raises(NotifierError) as caught:
        SnsTopic(client, TOPIC).send(MAIL)
    assert caught.value.message == f"cannot send a mail to topic {TOPIC}: {code}: Because."
    assert cure in caught.value.cure


def test_a_topic_that_cannot_be_reached_is_an_error(sns, monkeypatch):
    client, _ = sns

    def fail(**_asked):
        raise EndpointConnectionError(endpoint_url="https://sns.example.org")

    monkeypatch.setattr(client, "publish", fail)
    with pytest.raises(NotifierError, match="network"):
        SnsTopic(client, TOPIC).send(MAIL)


def _subscription(name, address):
    return {"SubscriptionArn": name, "Endpoint": address, "Protocol": "email", "TopicArn": TOPIC}


def test_subscriptions_of_all_pages_are_read_without_those_that_were_removed(sns):
    client, stubber = sns
    first = [_subscription(f"{TOPIC}:1", "a@x"), _subscription("PendingConfirmation", "b@x")]
    second = [_subscription("Deleted", "c@x"), _subscription(f"{TOPIC}:2", "d@x")]
    operation = "list_subscriptions_by_topic"
    stubber.add_response(operation, {"Subscriptions": first, "NextToken": "2"}, {"TopicArn": TOPIC})
    stubber.add_response(operation, {"Subscriptions": second}, {"TopicArn": TOPIC, "NextToken": "2"})
    assert SnsTopic(client, TOPIC).read() == [
        Subscription("email", "a@x", confirmed=True),
        Subscription("email", "b@x", confirmed=False),
        Subscription("email", "d@x", confirmed=True),
    ]


def test_subscriptions_that_may_not_be_read_are_an_error_and_not_none(sns):
    client, stubber = sns
    stubber.add_client_error("list_subscriptions_by_topic", "AuthorizationError", "No.", 403)
    with pytest.raises(NotifierError, match="sns:ListSubscriptionsByTopic"):
        SnsTopic(client, TOPIC).read()


def test_an_event_goes_to_the_bus_with_its_kind_and_time(events):
    client, stubber = events
    entry = {"Source": "scims.backup", "DetailType": "DrillFailed", "Time": AT, "Detail": DOCUMENT}
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    stubber.add_response("put_events", answer, {"Entries": [entry]})
    DefaultEventBus(client).put("DrillFailed", AT, DOCUMENT)


def test_an_event_that_the_bus_answers_not_to_have_taken_is_an_error(events):
    client, stubber = events
    entry = {"ErrorCode": "InternalFailure", "ErrorMessage": "Try again."}
    stubber.add_response("put_events", {"FailedEntryCount": 1, "Entries": [entry]})
    with pytest.raises(NotifierError, match="InternalFailure: Try again"):
        DefaultEventBus(client).put("DrillFailed", AT, DOCUMENT)


def test_a_bus_that_refuses_is_an_error_that_names_the_right(events):
    client, stubber = events
    stubber.add_client_error("put_events", "AccessDeniedException", "No.", 403)
    with pytest.raises(NotifierError, match="events:PutEvents"):
        DefaultEventBus(client).put("DrillFailed", AT, DOCUMENT)
