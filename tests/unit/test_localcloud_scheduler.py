"""What a schedule's target gets when it fires."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from localcloud.errors import LocalCloudError
from localcloud.scheduler import Schedules

AT = datetime(2026, 11, 22, 3, tzinfo=timezone(timedelta(hours=1)))
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:scims-dump"


class FakeAws:
    """Scheduler, Lambda and SQS in one, which remember what they were asked."""

    def __init__(self, **schedule):
        arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly"
        self.schedule = {"Arn": arn, "State": "ENABLED", **schedule}
        self.schedule.setdefault("Target", {"Arn": FUNCTION})
        self.invoked = []
        self.sent = []
        self.refuses = False

    def client(self, _service):
        return self

    def get_schedule(self, Name):  # noqa: N803  boto3's
        assert Name == "nightly"
        return self.schedule

    def invoke(self, **options):
        if self.refuses:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Invoke")
        self.invoked.append(options)

    def get_queue_url(self, QueueName):  # noqa: N803
        return {"QueueUrl": f"https://{QueueName}"}

    def send_message(self, **options):
        self.sent.append(options)


def with_input(text, **more):
    return FakeAws(Target={"Arn": FUNCTION, "Input": text, **more})


def fire(aws, at=AT, **options):
    Schedules(aws).fire("nightly", at, **options)


def test_the_time_in_the_input_is_the_one_for_which_it_fires_in_utc():
    aws = with_input('{"scheduled": "<aws.scheduler.scheduled-time>", "n": "<aws.scheduler.attempt-number>"}')
    fire(aws)
    (call,) = aws.invoked
    assert json.loads(call["Payload"]) == {"scheduled": "2026-11-22T02:00:00Z", "n": "1"}
    assert (call["FunctionName"], call["InvocationType"]) == (FUNCTION, "Event")


def test_a_schedule_can_deliver_twice_with_the_same_input():
    aws = with_input('{"id": "<aws.scheduler.execution-id>"}')
    fire(aws, times=2)
    assert len(aws.invoked) == 2
    assert aws.invoked[0] == aws.invoked[1]


def test_a_target_without_input_gets_the_event_that_scheduler_makes():
    aws = FakeAws()
    fire(aws)
    event = json.loads(aws.invoked[0]["Payload"])
    assert (event["detail-type"], event["time"]) == ("Scheduled Event", "2026-11-22T02:00:00Z")


def test_a_disabled_schedule_fires_never():
    aws = FakeAws(State="DISABLED")
    with pytest.raises(LocalCloudError, match="DISABLED"):
        fire(aws)
    assert aws.invoked == []


def test_a_target_that_is_no_function_is_refused():
    aws = FakeAws(Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:queue"})
    with pytest.raises(LocalCloudError, match="only functions"):
        fire(aws)


def test_what_cannot_be_invoked_goes_to_the_dead_letter_queue():
    aws = with_input("{}", DeadLetterConfig={"Arn": "arn:aws:sqs:us-east-1:000000000000:undelivered"})
    aws.refuses = True
    fire(aws)
    (message,) = aws.sent
    assert (message["QueueUrl"], message["MessageBody"]) == ("https://undelivered", "{}")
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "ResourceNotFoundException"


def test_what_cannot_be_invoked_without_a_dead_letter_queue_is_an_error():
    aws = with_input("{}")
    aws.refuses = True
    with pytest.raises(LocalCloudError, match="cannot be invoked"):
        fire(aws)
