"""What services do in a stack without being called by its programs: logs, deliveries, images, wakings.

Each with what the service is known to send, and no more: a condition on anything else may never hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from localcloud.iam.evaluation import Request
from localcloud.iam.requests import ECS_TASKS
from tests.template.acts.here import Here
from tests.template.support.loading import IMAGE, REGION
from tests.template.support.stacks import ACCOUNT, Resource, Stack

_LAMBDA, _EVENTS, _CLOUDWATCH = "lambda.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com"
_SCHEDULER, _CLOUDTRAIL = "scheduler.amazonaws.com", "cloudtrail.amazonaws.com"
_IN_A_VPC = (
    *("CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface"),
    *("AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"),
)


class Implied(NamedTuple):
    """What somebody, a role or a service, does for a resource."""

    who: str
    what: str
    request: Request


def implied(here: Here) -> Iterator[Implied]:
    """Yield all that services do in a stack."""
    for resource in here.stack.resources.values():
        if resource.type in _OF:
            for who, request in _OF[resource.type](here.stack, resource):
                yield Implied(who, f"{resource.id}: {request.action}", request)


_Acts = Iterator[tuple[str, Request]]


def _function(stack: Stack, function: Resource) -> _Acts:
    name, role = function.properties["FunctionName"], _role(function.properties["Role"])
    yield _LAMBDA, _assume(role)
    stream = _arn("logs", f"log-group:{function.properties['LoggingConfig']['LogGroup']}:log-stream:x")
    for action in ("CreateLogStream", "PutLogEvents"):
        yield role, Request(f"logs:{action}", stream)
    if "VpcConfig" in function.properties:
        for action in _IN_A_VPC:
            yield role, Request(f"ec2:{action}", "*")
    for config in stack.of("AWS::Lambda::EventInvokeConfig"):
        if config.properties["FunctionName"] == name and "DestinationConfig" in config.properties:
            yield role, _failure(config.properties["DestinationConfig"]["OnFailure"]["Destination"])


def _failure(bus: str) -> Request:
    about = {
        "events:source": ("lambda",),
        "events:detail-type": ("Lambda Function Invocation Result - Failure",),
    }
    return Request("events:PutEvents", bus, about)


def _task(_stack: Stack, definition: Resource) -> _Acts:
    task, start = (_role(definition.properties[name]) for name in ("TaskRoleArn", "ExecutionRoleArn"))
    told = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"}
    yield ECS_TASKS, _assume(task, told)
    yield ECS_TASKS, _assume(start)  # for this role ECS promises nothing
    yield start, Request("ecr:GetAuthorizationToken", "*")
    repository = _arn("ecr", f"repository/{IMAGE.partition('/')[2].partition(':')[0]}")
    for action in ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage"):
        yield start, Request(f"ecr:{action}", repository)
    for container in definition.properties["ContainerDefinitions"]:
        group = container["LogConfiguration"]["Options"]["awslogs-group"]
        for action in ("CreateLogStream", "PutLogEvents"):
            yield start, Request(f"logs:{action}", _arn("logs", f"log-group:{group}:log-stream:x/x/0af0"))


def _schedule(_stack: Stack, schedule: Resource) -> _Acts:
    target = schedule.properties["Target"]
    role = _role(target["RoleArn"])
    told = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": _arn("scheduler", "schedule-group/default")}
    yield _SCHEDULER, _assume(role, told)
    yield role, Request("lambda:InvokeFunction", target["Arn"])
    yield role, Request("sqs:SendMessage", target["DeadLetterConfig"]["Arn"])


def _rule(stack: Stack, rule: Resource) -> _Acts:
    told = {"aws:SourceArn": _arn("events", f"rule/{rule.properties['Name']}")}
    for target in rule.properties["Targets"]:
        yield _EVENTS, Request("sqs:SendMessage", target["DeadLetterConfig"]["Arn"], told)
        if ":function:" in target["Arn"]:
            yield _EVENTS, Request("lambda:InvokeFunction", target["Arn"], told)
        else:
            # EventBridge tells a topic and its key nothing of where it comes from
            yield from ((_EVENTS, one) for one in _publish(stack, target["Arn"], {}))


def _alarm(stack: Stack, alarm: Resource) -> _Acts:
    told = {
        "aws:SourceArn": _arn("cloudwatch", f"alarm:{alarm.properties['AlarmName']}"),
        "aws:SourceAccount": ACCOUNT,
    }
    for topic in {*alarm.properties.get("AlarmActions", []), *alarm.properties.get("OKActions", [])}:
        yield from ((_CLOUDWATCH, one) for one in _publish(stack, topic, told))


def _trail(_stack: Stack, trail: Resource) -> _Acts:
    bucket = f"arn:aws:s3:::{trail.properties['S3BucketName']}"
    told = {"aws:SourceArn": _arn("cloudtrail", f"trail/{trail.properties['TrailName']}")}
    yield _CLOUDTRAIL, Request("s3:GetBucketAcl", bucket, told)
    whose = {**told, "s3:x-amz-acl": "bucket-owner-full-control"}
    yield _CLOUDTRAIL, Request("s3:PutObject", f"{bucket}/AWSLogs/{ACCOUNT}/CloudTrail/x", whose)


def _publish(stack: Stack, topic: str, told: Mapping[str, str]) -> Iterator[Request]:
    yield Request("sns:Publish", topic, told)
    key = _arn("kms", f"key/{stack.properties('AlertTopic')['KmsMasterKeyId']}")
    for action in ("GenerateDataKey", "Decrypt"):
        yield Request(f"kms:{action}", key, {**told, "kms:EncryptionContext:aws:sns:topicArn": topic})


def _assume(role: str, told: Mapping[str, str] | None = None) -> Request:
    return Request("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{role}", dict(told or {}))


def _role(arn: str) -> str:
    return arn.rpartition("/")[2]


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


_OF: Mapping[str, Any] = {
    "AWS::Lambda::Function": _function,
    "AWS::ECS::TaskDefinition": _task,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::Events::Rule": _rule,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudTrail::Trail": _trail,
}
