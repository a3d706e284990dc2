"""What services ask IAM about a call: the act itself, and what it does besides for who called.

    put = Call("s3", "PutObject", {"Bucket": "b", "Key": "k", "IfNoneMatch": "*"})
    requests_of(put, World(ACCOUNT, REGION))

All calls are taken to come by https, as the SDK makes them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.iam.elasticache import requests_of_elasticache
from localcloud.iam.errors import PolicyError
from localcloud.iam.evaluation import Request
from localcloud.iam.rds import requests_of_rds
from localcloud.iam.s3 import requests_of_s3
from localcloud.iam.world import Call, World

ECS_TASKS = "ecs-tasks.amazonaws.com"
_ANYBODY_MAY = {("sts", "GetCallerIdentity")}
_NEW = "0" * 32
"""The id of a task that is not there yet."""


def requests_of(call: Call, world: World) -> list[Request]:
    """Return all that must be allowed for a call to succeed. Raise PolicyError if it is not known here."""
    if (call.service, call.operation) in _ANYBODY_MAY:
        return []
    if call.service not in _SERVICES:
        raise PolicyError(f"{call.service} {call.operation} is not known here: add it to iam/requests.py")
    return list(_SERVICES[call.service](call, world))


def _secrets(call: Call, world: World) -> Iterator[Request]:
    if call.operation == "ListSecrets":
        yield Request("secretsmanager:ListSecrets", "*")
        return
    if call.operation == "CreateSecret":
        made, given_tags = _secret_named(call.given["Name"], world), world.asked_tags(call.given)
        yield Request("secretsmanager:CreateSecret", made, given_tags)
        if given_tags:
            yield Request("secretsmanager:TagResource", made, given_tags)
        return
    secret, tags = call.given["SecretId"], world.tags_of(call.given["SecretId"])
    if not secret.startswith("arn:"):
        secret = _secret_named(secret, world)
    stage = {"secretsmanager:VersionStage": "AWSCURRENT"} if call.operation == "GetSecretValue" else {}
    yield Request(
        f"secretsmanager:{call.operation}", secret, {"secretsmanager:SecretId": secret, **stage, **tags}
    )
    if call.operation == "GetSecretValue" and secret in world.keys:
        told = {"SecretARN": secret, "SecretVersionId": "version"}
        yield world.key_use("Decrypt", world.keys[secret], "secretsmanager", told)


def _secret_named(name: str, world: World) -> str:
    """The ARN of a secret, which ends in six letters that AWS chooses."""
    return world.arn("secretsmanager", f"secret:{name}-AbCdEf")


def _topics(call: Call, world: World) -> Iterator[Request]:
    topic = call.given["TopicArn"]
    yield Request(f"sns:{call.operation}", topic)
    if call.operation == "Publish" and topic in world.keys:
        for action in ("GenerateDataKey", "Decrypt"):
            yield world.key_use(action, world.keys[topic], "sns", {"aws:sns:topicArn": topic})


def _events(call: Call, world: World) -> Iterator[Request]:
    if call.operation != "PutEvents":
        raise PolicyError(f"events {call.operation} is not known here")
    for entry in call.given["Entries"]:
        bus = entry.get("EventBusName", "default").rpartition("/")[2]
        about: dict[str, str | tuple[str, ...]] = {
            "events:source": (entry["Source"],),
            "events:detail-type": (entry["DetailType"],),
        }
        yield Request("events:PutEvents", world.arn("events", f"event-bus/{bus}"), about)


def _tasks(call: Call, world: World) -> Iterator[Request]:
    given = call.given
    cluster = given.get("cluster", "default").rpartition("/")[2]
    told: dict[str, str | tuple[str, ...]] = {"ecs:cluster": world.arn("ecs", f"cluster/{cluster}")}
    match call.operation:
        case "RunTask":
            yield from _run_task(given, world, told, cluster)
        case "ListTasks":
            yield Request("ecs:ListTasks", "*", told)
        case "DescribeTasks" | "StopTask":
            for task in given.get("tasks", [given.get("task")]):
                yield Request(f"ecs:{call.operation}", _task(task, cluster, world), told)
        case _:
            raise PolicyError(f"ecs {call.operation} is not known here: add it to iam/requests.py")


def _run_task(
    given: Mapping[str, Any], world: World, told: dict[str, str | tuple[str, ...]], cluster: str
) -> Iterator[Request]:
    """RunTask needs the roles of the task, and the right to tag it if it is to have tags."""
    definition = given["taskDefinition"].rpartition("/")[2]
    family, _, revision = definition.partition(":")
    yield Request("ecs:RunTask", world.arn("ecs", f"task-definition/{family}:{revision or '1'}"), told)
    for role in world.passed[family]:
        yield Request("iam:PassRole", role, {"iam:PassedToService": ECS_TASKS})
    if given.get("tags") or given.get("propagateTags") or given.get("enableECSManagedTags"):
        yield Request("ecs:TagResource", _task(_NEW, cluster, world), {"ecs:CreateAction": "RunTask"})


def _task(task: str, cluster: str, world: World) -> str:
    return world.arn("ecs", f"task/{cluster}/{task.rpartition('/')[2]}")


def _roles(call: Call, _world: World) -> Iterator[Request]:
    if call.operation != "AssumeRole":
        raise PolicyError(f"sts {call.operation} is not known here: add it to iam/requests.py")
    named = {"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}
    told = {key: call.given[name] for key, name in named.items() if name in call.given}
    yield Request("sts:AssumeRole", call.given["RoleArn"], told)


def _functions(call: Call, world: World) -> Iterator[Request]:
    action = {"Invoke": "InvokeFunction"}.get(call.operation, call.operation)
    name = call.given["FunctionName"].rpartition(":function:")[2]
    yield Request(f"lambda:{action}", world.arn("lambda", f"function:{name}"))


def _logs(call: Call, world: World) -> Iterator[Request]:
    group, stream = call.given["logGroupName"], call.given["logStreamName"]
    yield Request(f"logs:{call.operation}", world.arn("logs", f"log-group:{group}:log-stream:{stream}"))


_SERVICES: Mapping[str, Callable[[Call, World], Iterator[Request]]] = {
    "s3": requests_of_s3,
    "secretsmanager": _secrets,
    "sns": _topics,
    "events": _events,
    "ecs": _tasks,
    "elasticache": requests_of_elasticache,
    "rds": requests_of_rds,
    "lambda": _functions,
    "logs": _logs,
    "sts": _roles,
}
