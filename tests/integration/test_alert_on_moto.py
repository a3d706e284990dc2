"""The alert function on moto: what arrives at queues behind topic and bus."""

import json
import os
import subprocess
import sys
import uuid
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from functions.alert.handler import handler
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.notifiers.sns import SnsTopic
from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain import keys
from scims_backup.domain.conditions import Cause, cause_of
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.handling.function_run import UntoldError
from scims_backup.ports import Subscription
from scims_backup.usecases.alerts.event_log import EventLog
from tests.fakes import RecordedProgress
from tests.support.pages import ROOT
from tests.support.sample_events import SAMPLES

GOLDEN = ROOT / "events"
CONTEXT = SimpleNamespace(aws_request_id="8f507cfc-xmpl-4697-b07a-ac58fc914c95")
SEVERE = ["drill-failed", "backup-failed"]
HEAVY = ["psycopg", "zstandard", "yaml", "rich", "typer", "jinja2"]
"""What the layer does not have."""


LOOK = f"""
import os, sys

class Untouchable(dict):
    def __contains__(self, name):
        return not name.startswith("SCIMS_") and super().__contains__(name)

    def __getitem__(self, name):
        if name.startswith("SCIMS_"):
            sys.exit(f"reads {{name}}")
        return super().__getitem__(name)

    def get(self, name, default=None):
        return self[name] if name.startswith("SCIMS_") or name in self else default

def refuse(*_arguments, **_options):
    sys.exit("makes a client")

for name in {HEAVY}:
    sys.modules[name] = None  # so that importing it fails
os.environ = Untouchable(os.environ)
import botocore.session
botocore.session.Session.create_client = refuse
import handler
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics
from aws_lambda_powertools.utilities.data_classes import S3EventBridgeNotificationEvent
print(handler.handler.__name__)
"""


@dataclass
class Account:
    """A catalog, a topic with a queue behind it, and a queue behind the bus, of one test alone."""

    client: Any
    bucket: str
    topic: str
    mails: str
    news: str

    def happens(self, name):
        """Store the document of a golden event, and return the event that S3 would send."""
        woken = golden(f"event-{name}.json")
        document = (GOLDEN / f"event-{name}.document.json").read_bytes()
        key = woken["detail"]["object"]["key"]
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=document)
        return woken

    def received(self, queue):
        """Take what has arrived in a queue; moto delivers before it answers."""
        options = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 0}
        found = []
        while messages := self.client("sqs").receive_message(QueueUrl=queue, **options).get("Messages"):
            for message in messages:
                self.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    def catalog(self):
        return S3Catalog(self.client("s3"), S3Place(self.bucket))

    def told(self):
        """Return the events in the catalog."""
        listed = self.client("s3").list_objects_v2(Bucket=self.bucket, Prefix="events/").get("Contents", [])
        objects = (self.client("s3").get_object(Bucket=self.bucket, Key=one["Key"]) for one in listed)
        return [json.loads(one["Body"].read()) for one in objects]


def golden(file):
    return json.loads((GOLDEN / file).read_text())


@pytest.fixture
def account(moto, monkeypatch):
    name = f"test-{uuid.uuid4().hex[:12]}"

    def client(service):
        secrets = {"aws_access_key_id": moto.access_key, "aws_secret_access_key": "x"}
        return boto3.client(service, endpoint_url=moto.url, region_name=moto.region, **secrets)

    with ExitStack() as stack:
        topic = client("sns").create_topic(Name=name)["TopicArn"]
        mails, news = (_queue(client, f"{name}-{what}") for what in ("mails", "news"))
        subscribed = client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_arn(client, mails))
        stack.callback(client("sns").unsubscribe, SubscriptionArn=subscribed["SubscriptionArn"])
        _rule(client, name, _arn(client, news), stack)
        bucket = moto.new_bucket()
        environment = {
            **moto.environment(),
            "SCIMS_SOURCE": "scims-db",
            "SCIMS_CATALOG": f"s3://{bucket}",
            "SCIMS_TOPIC": topic,
        }
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        yield Account(client, bucket, topic, mails, news)


def _queue(client, name):
    return client("sqs").create_queue(QueueName=name)["QueueUrl"]


def _arn(client, queue):
    names = ["QueueArn"]
    return client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]["QueueArn"]


def _rule(client, name, queue, stack):
    """Send what we put on the bus into a queue."""
    events = client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["scims.backup"]}))
    stack.callback(events.delete_rule, Name=name)
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue}])
    stack.callback(events.remove_targets, Rule=name, Ids=["queue"])


def emitted(capsys):
    """Return the metrics that were written."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = ("AlertsSent", "ConfirmedSubscriptions", "UnconfirmedSubscriptions")
    return {name: line[name][0] for line in lines for name in names if name in line}


@pytest.mark.parametrize("name", SEVERE)
def test_a_severe_event_arrives_once_as_a_mail_and_on_the_bus(account, name, capsys):
    woken = account.happens(name)
    document = golden(f"event-{name}.document.json")
    answers = [handler(woken, CONTEXT) for _ in range(2)]
    assert [answer["outcome"] for answer in answers] == ["completed", "already done"]
    assert emitted(capsys) == {"AlertsSent": 1}

    (mail,) = account.received(account.mails)
    assert mail["MessageId"] == answers[0]["message"]
    assert mail["Subject"].startswith(f"[{document['severity'].upper()}] scims-db: ")
    for_machines = json.loads(mail["Message"])
    assert for_machines["backup"] == document["backup"]
    assert for_machines["facts"] == document["facts"]
    attributes = {name: attribute["Value"] for name, attribute in mail["MessageAttributes"].items()}
    filtered = {name: document[name] for name in ("kind", "severity", "source")}
    assert attributes == {**filtered, "state": for_machines["state"]}

    news = account.received(account.news)
    assert len(news) == 2
    for one in news:
        assert (one["source"], one["detail-type"]) == ("scims.backup", document["kind"])
        assert one["detail"] == document
        assert one["time"] == f"{document['time'][:19]}Z"


def test_a_condition_is_mailed_once_reminded_of_nothing_within_the_hour_and_ended_by_one_mail(account):
    now = datetime.now(UTC)
    told = EventLog("scims-db", account.catalog(), lambda: now, iter("abcd").__next__, RecordedProgress())
    wake = {"action": "subscriptions"}
    keys_of = [told.record(Kind.PRUNE_FAILED, Severity.ERROR, {"message": f"{n}"}) for n in (1, 2)]
    answers = [handler({"action": "alert", "key": key}, CONTEXT) for key in keys_of]
    assert [(one["outcome"], bool(one["message"])) for one in answers] == [
        ("completed", True),
        ("completed", False),
    ]
    assert [len(handler(wake, CONTEXT)["mails"]) for _ in range(2)] == [1, 0]  # what followed, once
    later = EventLog(
        "scims-db", account.catalog(), lambda: datetime.now(UTC), iter("ef").__next__, told.progress
    )
    handler({"action": "alert", "key": later.record(Kind.BACKUPS_PRUNED, Severity.INFO, {})}, CONTEXT)
    assert handler(wake, CONTEXT)["mails"] == []
    states = [json.loads(mail["Message"])["state"] for mail in account.received(account.mails)]
    assert states == ["opened", "followed", "recovered"]


def test_of_every_kind_of_event_one_mail_arrives_for_each_cause(account):
    for event in SAMPLES:
        key = keys.event(event.time, event.kind, event.id)
        account.catalog().put_new(key, event.to_bytes())
        handler({"action": "alert", "key": key}, CONTEXT)
    arrived = account.received(account.mails)
    told = [json.loads(mail["Message"]) for mail in arrived]
    causes = Counter(document["condition"] for document in told)
    notices = causes.pop(None)
    assert causes == dict.fromkeys(Cause, 1)
    assert notices == sum(cause_of(event) is None for event in SAMPLES)
    for document, mail in zip(told, arrived, strict=True):
        attributes = {name: attribute["Value"] for name, attribute in mail["MessageAttributes"].items()}
        assert attributes == {name: document[name] for name in ("kind", "severity", "source", "state")}
        assert mail["Subject"] == document["subject"]
        assert document["meaning"] in document["text"]
        assert all(f"    {command}\n" in document["text"] for command in document["commands"])


def test_an_event_for_information_arrives_on_the_bus_alone(account, capsys):
    assert handler(account.happens("drill-passed"), CONTEXT)["message"] is None
    assert emitted(capsys) == {}
    assert account.received(account.mails) == []
    assert [one["detail-type"] for one in account.received(account.news)] == ["DrillPassed"]


def test_an_event_that_was_never_told_can_be_told_by_hand(account):
    account.happens("drill-failed")
    answer = handler(golden("event-by-hand.json"), CONTEXT)
    assert answer["outcome"] == "completed"
    assert len(account.received(account.mails)) == 1


def test_a_filter_on_severity_lets_only_that_through(account):
    queue = _queue(account.client, f"{account.topic.rpartition(':')[2]}-filtered")
    policy = {"FilterPolicy": json.dumps({"severity": ["critical"]})}
    account.client("sns").subscribe(
        TopicArn=account.topic, Protocol="sqs", Endpoint=_arn(account.client, queue), Attributes=policy
    )
    for name in SEVERE:
        handler(account.happens(name), CONTEXT)
    assert [mail["Subject"][:10] for mail in account.received(queue)] == ["[CRITICAL]"]


def test_a_topic_that_is_gone_raises_and_the_bus_is_told_all_the_same(account):
    account.client("sns").delete_topic(TopicArn=account.topic)
    with pytest.raises(UntoldError, match=r"NotifierError: cannot send a mail to topic .*exists"):
        handler(account.happens("drill-failed"), CONTEXT)
    assert len(account.received(account.news)) == 1


def test_a_subscription_that_waits_for_its_confirmation_is_counted_and_told_once(
    account, monkeypatch, capsys
):
    confirmed = SnsTopic.read
    otto = Subscription("email", "otto@example.org", confirmed=False)  # moto confirms everybody at once
    monkeypatch.setattr(SnsTopic, "read", lambda topic: [*confirmed(topic), otto])
    answers = [handler(golden("subscriptions.json"), CONTEXT) for _ in range(2)]
    assert [(answer["confirmed"], answer["unconfirmed"]) for answer in answers] == [(1, 1)] * 2
    assert emitted(capsys).items() >= {"ConfirmedSubscriptions": 1, "UnconfirmedSubscriptions": 1}.items()
    # nothing wakes the function here for what the first told: so the second sends it
    assert [len(answer["caught_up"]) for answer in answers] == [0, 1]
    assert len(account.received(account.mails)) == 1
    (event,) = account.told()
    assert (event["kind"], event["severity"]) == ("SubscriptionUnconfirmed", "warning")
    assert event["facts"]["endpoints"] == ["o…@example.org"]


def test_a_topic_without_subscriptions_is_an_error_in_the_catalog_and_an_outcome(account, capsys):
    topic = account.client("sns").create_topic(Name=f"empty-{uuid.uuid4().hex[:12]}")["TopicArn"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCIMS_TOPIC", topic)
        answer = handler(golden("subscriptions.json"), CONTEXT)
    assert answer == {"outcome": "completed", "confirmed": 0, "unconfirmed": 0, "caught_up": [], "mails": []}
    assert emitted(capsys) == {"ConfirmedSubscriptions": 0, "UnconfirmedSubscriptions": 0}
    assert [event["severity"] for event in account.told()] == ["error"]


@pytest.mark.parametrize(
    "woken", [{}, {"action": "dance"}, {"action": "alert"}, {"action": "alert", "key": "manifests/x.json"}]
)
def test_what_is_not_understood_raises(woken, monkeypatch):
    for name, value in {
        "SCIMS_SOURCE": "scims-db",
        "SCIMS_CATALOG": "s3://scims-catalog",
        "SCIMS_TOPIC": "arn:aws:sns:eu-central-1:123456789012:scims-alerts",
        "AWS_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UntoldError, match="UsageError"):
        handler(woken, CONTEXT)


@pytest.mark.parametrize("name", [*SEVERE, "drill-passed"])
def test_a_golden_event_tells_of_its_document(name):
    document = (GOLDEN / f"event-{name}.document.json").read_bytes()
    stored = golden(f"event-{name}.json")["detail"]["object"]
    event = Event.from_bytes(document, name)
    assert stored["key"] == keys.event(event.time, event.kind, event.id)
    assert stored["size"] == len(document)
    assert event.to_bytes() == document


def test_the_function_runs_with_what_the_layer_has_and_looks_at_nothing_when_it_is_imported(tmp_path):
    path = os.pathsep.join(str(ROOT / folder) for folder in ("functions/alert", "layers/core"))
    run = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.returncode) == ("handler\n", 0), run.stderr
