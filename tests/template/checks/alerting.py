"""What reaches people, when and over which way; every link of that chain fails silently on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.template.checks.waking import rule_called
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import holds, listed
from tests.template.support.stacks import ACCOUNT, STACK, SUBSCRIPTIONS, Resource, Stack, every_stack, stacks

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-alerts"
_OPERATOR = {"Protocol": "email", "Endpoint": "operator@example.org"}
_FURTHER = (
    {"Protocol": "email", "Endpoint": SUBSCRIPTIONS["AlertSubscription1Endpoint"], "FilterPolicy": {}},
    {
        "Protocol": "sms",
        "Endpoint": SUBSCRIPTIONS["AlertSubscription2Endpoint"],
        "FilterPolicy": {"severity": ["error", "critical"]},
    },
    {
        "Protocol": "sqs",
        "Endpoint": SUBSCRIPTIONS["AlertSubscription3Endpoint"],
        "FilterPolicy": {"source": ["scims-db"], "kind": ["DrillFailed", "DrillInconclusive"]},
    },
)
_SERVICES = ("cloudwatch.amazonaws.com", "events.amazonaws.com")


def check_services_may_use_the_topics_key(source: Template) -> list[str]:
    """Alarms and rules encrypt for the topic, or nothing arrives. EventBridge tells a key no source."""
    return [problem for stack in stacks(source) for problem in _locked_out(stack)]


def _locked_out(stack: Stack) -> Iterator[str]:
    if stack.properties("AlertTopic").get("KmsMasterKeyId") != "AlertKey":
        yield f"{stack.variant}: the topic is not under its own key"
    policy = stack.properties("AlertKey").get("KeyPolicy", {"Statement": []})["Statement"]
    for service in _SERVICES:
        told = {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}
        if service.startswith("cloudwatch"):
            told["aws:SourceAccount"] = ACCOUNT
        for action in ("kms:GenerateDataKey*", "kms:Decrypt"):
            if not any(_allows(statement, service, action, told) for statement in policy):
                yield f"{stack.variant}: {service} may not {action}"
            if any(
                _allows(statement, service, action, {"aws:SourceAccount": ACCOUNT}) for statement in policy
            ):
                yield f"{stack.variant}: {service} may {action} for any topic"
    account = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    if not any(statement["Principal"] == account and statement["Action"] == "kms:*" for statement in policy):
        yield f"{stack.variant}: nobody may change the key's policy any more"


def _allows(statement: Any, service: str, action: str, told: dict[str, str]) -> bool:
    return (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": service}
        and action in listed(statement["Action"])
        and holds(statement.get("Condition", {}), told)
    )


def check_services_may_publish(source: Template) -> list[str]:
    """The topic lets this stack's alarms in, and EventBridge without a condition, which it could not meet."""
    problems = []
    for stack in every_stack(source):
        policy = stack.properties("AlertTopicPolicy").get("PolicyDocument", {"Statement": []})["Statement"]
        for alarm in (one.properties["AlarmName"].removeprefix(f"{STACK}-") for one in mailing(stack)):
            arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{STACK}-{alarm}"
            if not any(_allows(one, _SERVICES[0], "sns:Publish", {"aws:SourceArn": arn}) for one in policy):
                problems.append(f"{stack.variant}: the alarm {alarm} may not publish")
        if not any(_allows(one, _SERVICES[1], "sns:Publish", {}) for one in policy):
            problems.append(f"{stack.variant}: rules may not publish")
    return problems


def mailing(stack: Stack) -> Iterator[Resource]:
    """The alarms that reach people."""
    return (alarm for alarm in stack.of("AWS::CloudWatch::Alarm") if alarm.properties.get("AlarmActions"))


def check_somebody_is_subscribed(source: Template) -> list[str]:
    """The address that was given gets all mails, and each further subscription what it asks for."""
    problems = []
    for stack in stacks(source):
        given = stack.parameters["AlertSubscription1Endpoint"]
        subscribed = [one.properties for one in stack.of("AWS::SNS::Subscription")]
        wanted = [{"TopicArn": TOPIC, **one} for one in (_OPERATOR, *(_FURTHER if given else ()))]
        if subscribed != wanted:
            problems.append(f"{stack.variant}: subscribed are {subscribed}")
    return problems


def check_failed_functions_are_told_past_the_alert_function(source: Template) -> list[str]:
    """From the event bus to the topic, in words, with what is needed to find the cause."""
    problems = []
    for stack in stacks(source):
        rule = rule_called(stack, "function-failed")
        target = rule.properties["Targets"][0] if rule else {}
        if target.get("Arn") != TOPIC:
            problems.append(f"{stack.variant}: failures of functions go to {target.get('Arn')}")
        transformer = target.get("InputTransformer", {"InputPathsMap": {}, "InputTemplate": ""})
        text = transformer["InputTemplate"]
        problems += [
            f"{stack.variant}: the mail about a failed function lacks its {name}"
            for name in ("time", "function", "request", "kind", "message")
            if name not in transformer["InputPathsMap"] or f"<{name}>" not in text
        ]
        problems += [
            f"{stack.variant}: the mail about a failed function lacks {said!r}"
            for said in (
                "What it means for the data:",
                f"scims-backup doctor --source scims-db --stack {STACK}",
                "Logs:",
            )
            if said not in text
        ]
        if "scims-db" not in text or "\n" in text or not (text.startswith('"') and text.endswith('"')):
            problems.append(f"{stack.variant}: the mail about a failed function is no text in quotes: {text}")
    return problems


def check_undelivered_alarms(source: Template) -> list[str]:
    """One message in the queue is one too many."""
    problems = []
    for stack in stacks(source):
        alarm = stack.properties("UndeliveredAlarm")
        queue = [{"Name": "QueueName", "Value": f"{STACK}-undelivered"}]
        seen = (alarm.get("Namespace"), alarm.get("MetricName"), alarm.get("Dimensions"))
        if seen != ("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue):
            problems.append(f"{stack.variant}: the alarm looks at {seen}")
        above = ("GreaterThanThreshold", 0, [TOPIC])
        if (alarm.get("ComparisonOperator"), alarm.get("Threshold"), alarm.get("AlarmActions")) != above:
            problems.append(f"{stack.variant}: a message in the queue alarms nobody")
    return problems
