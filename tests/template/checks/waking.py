"""What wakes the functions: schedules and rules, and what becomes of what they cannot deliver."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.template.checks.contract import copies, drills_in_rds, exports, restores, sources
from tests.template.support.loading import REGION, Template
from tests.template.support.patterns import takes
from tests.template.support.policies import holds, listed, may
from tests.template.support.stacks import ACCOUNT, STACK, Resource, Stack, every_stack, stack_told

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{STACK}-undelivered"
NOW = "<aws.scheduler.scheduled-time>"

SCHEDULES: Mapping[str, tuple[str, str, str]] = {
    "dump": ("cron(0 2 * * ? *)", "dump", f'{{"scheduled": "{NOW}"}}'),
    "drill": ("cron(0 3 ? * SUN *)", "drill-orchestrate", f'{{"action": "drill", "scheduled": "{NOW}"}}'),
    "tick": ("cron(20 * * * ? *)", "drill-orchestrate", f'{{"action": "tick", "scheduled": "{NOW}"}}'),
    "subscriptions": ("cron(40 * * * ? *)", "alert", f'{{"action": "subscriptions", "scheduled": "{NOW}"}}'),
    "copy": ("cron(0 9 * * ? *)", "copy", f'{{"scheduled": "{NOW}"}}'),
    "reclaim": ("cron(0 12 ? * SUN *)", "prune", '{"action": "reclaim"}'),
    "redis-collect": ("rate(10 minutes)", "dump", '{"action": "collect", "source": "scims-redis"}'),
}
"""By name: when, whom, and with what."""
_OF_EACH_SOURCE = ("dump", "drill", "reclaim")

RULES: Mapping[str, str] = {
    "manifest-stored": "prune",
    "run-recorded": "prune",
    "report-stored": "drill-orchestrate",
    "dump-asked": "drill-orchestrate",
    "dump-left": "dump",
    "task-stopped": "drill-orchestrate",
    "event-stored": "alert",
    "export-stored": "dump",
    "snapshot-made": "dump",
    "rds-sandbox": "drill-orchestrate",
}
"""By name: whom it wakes."""
_WHERE: Mapping[str, Callable[[Stack], bool]] = {
    "export-stored": exports,
    "snapshot-made": exports,
    "rds-sandbox": drills_in_rds,
}
"""Which stacks have a rule; all, where nothing is said."""


_BY_HAND = ("task-image", "restore")
"""Functions that no schedule wakes."""


def function_arn(name: str) -> str:
    """The ARN of one of our functions."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-{name}"


def check_schedules_wake_whom_they_should(source: Template) -> list[str]:
    """When, in which time zone, whom, with what; for each source, and reclaim only of restic repositories."""
    problems = []
    for stack in every_stack(source):
        found = {schedule.properties["Name"]: schedule for schedule in stack.of("AWS::Scheduler::Schedule")}
        expected = _schedules_of(stack)
        if set(found) != {f"{STACK}-{name}" for name in expected}:
            problems.append(f"{stack.variant}: there are the schedules {sorted(found)}")
            continue
        for name, (when, whom, what) in expected.items():
            properties = found[f"{STACK}-{name}"].properties
            target = properties["Target"]
            seen = (properties["ScheduleExpression"], properties.get("ScheduleExpressionTimezone"))
            zone = "UTC" if when.startswith("cron") else None
            if seen != (when, zone) or properties["FlexibleTimeWindow"] != {"Mode": "OFF"}:
                problems.append(f"{stack.variant}: {name} is at {seen}")
            if (target["Arn"], target["Input"]) != (function_arn(whom), what):
                problems.append(f"{stack.variant}: {name} wakes {target['Arn']} with {target['Input']}")
            if properties.get("State", "ENABLED") != "ENABLED":
                problems.append(f"{stack.variant}: {name} is switched off")
    return problems


def _schedules_of(stack: Stack) -> dict[str, tuple[str, str, str]]:
    absent = {
        "reclaim": stack.parameters["VaultKind"] == "s3",
        "copy": not copies(stack),
        "redis-collect": not exports(stack),
    }
    found = {name: SCHEDULES[name] for name in SCHEDULES if not absent.get(name)}
    if "Redis" in sources(stack):
        twins = {name: found[name] for name in _OF_EACH_SOURCE if name in found}
        found |= {
            f"redis-{name}": (when, whom, _for_redis(what)) for name, (when, whom, what) in twins.items()
        }
    return found


def _for_redis(what: str) -> str:
    """What a schedule of the database sends, for the other source: it stands before the time."""
    told = json.loads(what)
    scheduled = {"scheduled": told.pop("scheduled")} if "scheduled" in told else {}
    return json.dumps({**told, "source": "scims-redis", **scheduled})


def check_schedules_follow_the_parameters(source: Template) -> list[str]:
    """Time and time zone are the operator's to choose."""
    chosen = {
        "DumpSchedule": "cron(5 1 * * ? *)",
        "DrillSchedule": "rate(3 days)",
        "ReclaimSchedule": "cron(0 8 * * ? *)",
        "ScheduleTimeZone": "Europe/Berlin",
    }
    stack = stack_told(source, chosen)
    found = {
        schedule.properties["Name"]: schedule.properties for schedule in stack.of("AWS::Scheduler::Schedule")
    }
    problems = []
    for name, parameter in (
        ("dump", "DumpSchedule"),
        ("drill", "DrillSchedule"),
        ("reclaim", "ReclaimSchedule"),
    ):
        properties = found.get(f"{STACK}-{name}", {})
        seen = (properties.get("ScheduleExpression"), properties.get("ScheduleExpressionTimezone"))
        if seen != (chosen[parameter], "Europe/Berlin"):
            problems.append(f"{name} does not follow {parameter}: {seen}")
    return problems


def check_schedules_may_wake(source: Template) -> list[str]:
    """The scheduler's role may invoke each target and nothing else, and leave what it cannot deliver."""
    problems = []
    for stack in every_stack(source):
        for schedule in stack.of("AWS::Scheduler::Schedule"):
            target = schedule.properties["Target"]
            role = stack.resources.get(target["RoleArn"].rpartition("/")[2])
            if role is None or not may(role, "lambda:InvokeFunction", target["Arn"]):
                problems.append(f"{stack.variant}: {schedule.id} may not wake its function")
            elif any(may(role, "lambda:InvokeFunction", function_arn(one)) for one in _BY_HAND):
                problems.append(f"{stack.variant}: {schedule.id} may wake more than it should")
            if role is None or not may(role, "sqs:SendMessage", QUEUE):
                problems.append(f"{stack.variant}: {schedule.id} may not leave what it cannot deliver")
    return problems


def check_rules_wake_whom_they_should(source: Template) -> list[str]:
    """Each rule has one function as its target, and the function lets it."""
    return [problem for stack in every_stack(source) for problem in _unwoken(stack)]


def _unwoken(stack: Stack) -> Iterator[str]:
    for name, whom in RULES.items():
        if name in _WHERE and not _WHERE[name](stack):
            continue
        rule = rule_called(stack, name)
        if rule is None:
            yield f"{stack.variant}: there is no rule {name}"
            continue
        targets = [target["Arn"] for target in rule.properties.get("Targets", [])]
        if targets != [function_arn(whom)] or rule.properties.get("State", "ENABLED") != "ENABLED":
            yield f"{stack.variant}: {name} wakes {targets}"
        arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{STACK}-{name}"
        if not any(
            _lets(permission, f"{STACK}-{whom}", rule, arn)
            for permission in stack.of("AWS::Lambda::Permission")
        ):
            yield f"{stack.variant}: {whom} does not let {name} wake it"


def _lets(permission: Resource, function: str, rule: Resource, arn: str) -> bool:
    properties = permission.properties
    return (
        properties["FunctionName"] == function
        and properties["Principal"] == "events.amazonaws.com"
        and properties.get("SourceArn") in {arn, f"{rule.id}.Arn"}
    )


def rule_called(stack: Stack, name: str) -> Resource | None:
    """Return a rule by the end of its name."""
    rules = [
        rule for rule in stack.of("AWS::Events::Rule") if rule.properties.get("Name") == f"{STACK}-{name}"
    ]
    return rules[0] if rules else None


def check_rules_take_their_events_alone(source: Template) -> list[str]:
    """Each rule takes what it is for, and nothing that looks like it."""
    problems = []
    for stack in every_stack(source):
        bucket = stack.parameters["CatalogBucketName"] or f"{STACK}-catalogbucket"
        for name, event, expected in (*_EVENTS, *_events_of_redis(stack), *_events_of_rds(stack)):
            rule = rule_called(stack, name)
            pattern = rule.properties["EventPattern"] if rule else {"source": []}
            if takes(pattern, _filled(event, bucket)) != expected:
                problems.append(f"{stack.variant}: {name} {'misses' if expected else 'takes'} {event}")
        told = rule_called(stack, "function-failed")
        if not told or takes(told.properties["EventPattern"], _failure(f"{STACK}-restore")) != restores(
            stack
        ):
            problems.append(f"{stack.variant}: a restore that fails is told to nobody, or there is none")
        if not told or takes(told.properties["EventPattern"], _failure(f"{STACK}-copy")) != copies(stack):
            problems.append(f"{stack.variant}: a copy that fails is told to nobody, or there is none")
    return problems


def created(key: str, bucket: str = "CATALOG") -> dict[str, Any]:
    """An event of S3."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def _task(status: str, cluster: str = f"{STACK}-drills") -> dict[str, Any]:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{cluster}"
    detail = {"clusterArn": arn, "lastStatus": status}
    return {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": detail}


def _failure(function: str) -> dict[str, Any]:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:$LATEST"
    kind = "Lambda Function Invocation Result - Failure"
    return {"source": "lambda", "detail-type": kind, "detail": {"requestContext": {"functionArn": arn}}}


def _filled(event: dict[str, Any], bucket: str) -> dict[str, Any]:
    if event["detail"].get("bucket", {}).get("name") != "CATALOG":
        return event
    return event | {"detail": event["detail"] | {"bucket": {"name": bucket}}}


_REPORT = "drills/scims-db/20261122T020000Z/20261122T030000Z"
_RUN = "runs/scims-db/20261122T020000Z"
_EVENTS = [
    ("manifest-stored", created("manifests/scims-db/20261122T020000Z.json"), True),
    ("manifest-stored", created("manifests/scims-db-2/20261122T020000Z.json"), False),
    ("manifest-stored", created("manifests/scims-db/20261122T020000Z.json", "another"), False),
    ("manifest-stored", created("proofs/scims-db/20261122T020000Z.json.zst"), False),
    ("manifest-stored", created("manifests/scims-db/x.json") | {"detail-type": "Object Deleted"}, False),
    ("run-recorded", created("history/scims-db/2026/11/20261122T020000Z-backup-x.json"), True),
    ("run-recorded", created("history/scims-db-2/2026/11/20261122T020000Z-backup-x.json"), False),
    ("run-recorded", created("history/scims-db/2026/11/20261122T020000Z-backup-x.json", "another"), False),
    ("run-recorded", created("page/sources/scims-db.html"), False),
    ("report-stored", created(f"{_REPORT}/report.json"), True),
    ("report-stored", created(f"{_REPORT}/verdict.passed.json"), False),
    ("report-stored", created(f"{_REPORT}/request.json"), False),
    ("report-stored", created(_REPORT.replace("scims-db", "other") + "/report.json"), False),
    ("report-stored", created(f"{_REPORT}/report.json", "another"), False),
    ("dump-asked", created(f"{_RUN}/task-asked.json"), True),
    ("dump-asked", created(f"{_RUN}/task-left.json"), False),
    ("dump-asked", created(f"{_RUN}/task-asked.json".replace("scims-db", "other")), False),
    ("dump-asked", created(f"{_RUN}/task-asked.json", "another"), False),
    ("dump-left", created(f"{_RUN}/task-left.json"), True),
    ("dump-left", created(f"{_RUN}/task-asked.json"), False),
    ("dump-left", created(f"{_RUN}/task-left.json".replace("scims-db", "other")), False),
    ("dump-left", created(f"{_RUN}/task-left.json", "another"), False),
    ("task-stopped", _task("STOPPED"), True),
    ("task-stopped", _task("RUNNING"), False),
    ("task-stopped", _task("STOPPED", f"{STACK}-2-drills"), False),
    ("event-stored", created("events/2026/11/22/20261122T040211Z-DrillFailed-1c4e.json"), True),
    ("event-stored", created("alerted/2026/11/22/20261122T040211Z-DrillFailed-1c4e/sent.json"), False),
    ("event-stored", created("events/2026/11/22/x.json", "another"), False),
    *(("function-failed", _failure(f"{STACK}-{name}"), True) for name in ("dump", "prune", "alert")),
    ("function-failed", _failure(f"{STACK}-drill-orchestrate"), True),
    ("function-failed", _failure(f"{STACK}-dump-2"), False),
    ("function-failed", _failure("another-dump"), False),
    (
        "function-failed",
        _failure(f"{STACK}-dump") | {"detail-type": "Lambda Function Invocation Result - Success"},
        False,
    ),
]


def _events_of_redis(stack: Stack) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """What wakes for Redis where the stack backs it up, and what AWS says of exports of a cache."""
    here = "Redis" in sources(stack)
    yield "manifest-stored", created("manifests/scims-redis/20261122T020000Z.json"), here
    yield "manifest-stored", created("manifests/scims-redis-2/20261122T020000Z.json"), False
    yield "run-recorded", created("history/scims-redis/2026/11/20261122T020000Z-drill-x.json"), here
    yield "report-stored", created(f"{_REPORT}/report.json".replace("scims-db", "scims-redis")), here
    yield "dump-asked", created(f"{_RUN}/task-asked.json".replace("scims-db", "scims-redis")), here
    yield "dump-left", created(f"{_RUN}/task-left.json".replace("scims-db", "scims-redis")), here
    yield "report-stored", created(f"{_REPORT}/report.json".replace("scims-db", "scims-redis-2")), False
    if exports(stack):
        yield "export-stored", created("scims-backup-x-0001.rdb", f"{STACK}-exportbucket"), True
        yield "export-stored", created("scims-backup-x-0001.rdb", "another"), False
        for kind, expected in _OF_SNAPSHOTS.items():
            yield "snapshot-made", {"source": "aws.elasticache", "detail-type": kind, "detail": {}}, expected


_OF_SNAPSHOTS = {
    "Snapshot Created": True,
    "Snapshot Creation Failed": True,
    "Snapshot Export Failed": True,
    "Serverless Cache Created": False,
}


def _events_of_rds(stack: Stack) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """What RDS says of a drill's server, where the stack has such; of other servers it is no news."""
    ours = "scims-drill-0123456789abcdef01234567"
    for category in ("creation", "failure", "deletion"):
        yield "rds-sandbox", _server_event(ours, category), drills_in_rds(stack)
    yield "rds-sandbox", _server_event(ours, "maintenance"), False
    yield "rds-sandbox", _server_event("orders", "creation"), False
    yield "rds-sandbox", _server_event(ours, "creation") | {"detail-type": "RDS DB Cluster Event"}, False


def _server_event(server: str, category: str) -> dict[str, Any]:
    detail = {"SourceIdentifier": server, "SourceType": "DB_INSTANCE", "EventCategories": [category]}
    return {"source": "aws.rds", "detail-type": "RDS DB Instance Event", "detail": detail}


def check_nothing_undelivered_is_lost(source: Template) -> list[str]:
    """Every schedule and every rule has the queue behind it, which lets them, and keeps what it gets."""
    return [problem for stack in every_stack(source) for problem in _lost(stack)]


def _lost(stack: Stack) -> Iterator[str]:
    targets = [
        (schedule.id, schedule.properties["Target"]) for schedule in stack.of("AWS::Scheduler::Schedule")
    ]
    for rule in stack.of("AWS::Events::Rule"):
        targets += [(rule.id, target) for target in rule.properties.get("Targets", [])]
        if not _queue_takes(stack, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule.properties.get('Name')}"):
            yield f"{stack.variant}: the queue takes nothing from {rule.id}"
    for name, target in targets:
        if target.get("DeadLetterConfig", {}).get("Arn") != QUEUE:
            yield f"{stack.variant}: {name} loses what it cannot deliver"
        if not target.get("RetryPolicy", {}).get("MaximumRetryAttempts"):
            yield f"{stack.variant}: {name} does not try again"
    queue = stack.properties("UndeliveredQueue")
    if queue.get("MessageRetentionPeriod") != 1209600 or queue.get("SqsManagedSseEnabled") is not True:
        yield f"{stack.variant}: the queue forgets early, or is not encrypted"


def _queue_takes(stack: Stack, rule: str) -> bool:
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "events.amazonaws.com"}
        and "sqs:SendMessage" in listed(statement["Action"])
        and "aws:SourceArn" in statement.get("Condition", {}).get("ArnEquals", {})
        and holds(statement["Condition"], {"aws:SourceArn": rule})
        for policy in stack.of("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
    )
