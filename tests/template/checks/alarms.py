"""CloudWatch's alarms: each objective has one, and only those of the watching itself mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.handling.metrics import NAMESPACE
from tests.template.checks.alerting import TOPIC, mailing
from tests.template.checks.contract import promised, sources
from tests.template.support.loading import Template
from tests.template.support.stacks import STACK, Stack, every_stack

_OBJECTIVES = {
    "BackupAge": ("backup-age", Metric.BACKUP_AGE, "RpoHours"),
    "ProofAge": ("proof-age", Metric.PROOF_AGE, "ProofAgeDays"),
    "RecoveryTime": ("recovery-time", Metric.RECOVERY_TIME, "RtoMinutes"),
}
_WATCHING = {"no-backup", "redis-no-backup", "undelivered"}
_CALLED_BY_CLOUDFORMATION = {"EnrolFunction", "TaskImageFunction"}


def check_a_missing_backup_alarms(source: Template) -> list[str]:
    """The dead man's switch of each source: nobody wrote how old its newest backup is."""
    return [
        f"{stack.variant}: {problem}"
        for stack in every_stack(source)
        for kind, name in sources(stack).items()
        for problem in _unmissed(stack.properties(f"No{kind}BackupAlarm"), kind, name)
    ]


def _unmissed(alarm: Mapping[str, Any], kind: str, source: str) -> Iterator[str]:
    if _seen(alarm) != (_called(kind, "no-backup"), *_gauge(Metric.BACKUP_AGE, source)):
        yield f"the alarm for {source} looks at {_seen(alarm)}"
    if alarm.get("TreatMissingData") != "breaching" or alarm.get("AlarmActions") != [TOPIC]:
        yield f"a missing backup of {source} alarms nobody"
    if alarm.get("OKActions") != [TOPIC] or source not in alarm.get("AlarmDescription", ""):
        yield f"nobody learns that {source} is watched again, or the mail does not name it"
    if (alarm.get("Period"), alarm.get("EvaluationPeriods")) != (3600, 3):
        yield f"the alarm for {source} waits for something else than three hourly checks"
    below = ("LessThanThreshold", 1, "SampleCount")
    if (alarm.get("ComparisonOperator"), alarm.get("Threshold"), alarm.get("Statistic")) != below:
        yield f"the alarm for {source} compares otherwise"


def check_each_objective_alarms(source: Template) -> list[str]:
    """Above the parameter, or if nothing is known: a drill that never ran is not within its objective."""
    return [
        f"{stack.variant}: {problem}"
        for stack in every_stack(source)
        for kind, name in sources(stack).items()
        for alarm in _OBJECTIVES
        for problem in _unwatched(stack, kind, name, alarm)
    ]


def _unwatched(stack: Stack, kind: str, source: str, which: str) -> Iterator[str]:
    alarm = stack.properties(f"{kind}{which}Alarm")
    name, metric, parameter = _OBJECTIVES[which]
    if _seen(alarm) != (_called(kind, name), *_gauge(metric, source)):
        yield f"the alarm {which} of {source} looks at {_seen(alarm)}"
    if str(alarm.get("Threshold")) != str(stack.parameters[parameter]):
        yield f"the alarm {which} of {source} rings at {alarm.get('Threshold')}"
    above = ("GreaterThanThreshold", "Maximum", 3600, 2)
    compares = ("ComparisonOperator", "Statistic", "Period", "EvaluationPeriods")
    if tuple(map(alarm.get, compares)) != above:
        yield f"the alarm {which} of {source} compares otherwise"
    if alarm.get("TreatMissingData") != "breaching":
        yield f"the alarm {which} of {source} is silent while nothing is known"


def check_a_quota_that_is_exceeded_alarms(source: Template) -> list[str]:
    """With a quota there is an alarm, which keeps its state from one night to the next."""
    problems = []
    for stack in every_stack(source):
        alarm = stack.properties("QuotaAlarm")
        if bool(alarm) != bool(stack.parameters["Quota"]):
            problems.append(f"{stack.variant}: there is an alarm without a quota, or none with one")
        if alarm and _seen(alarm)[2:] != (Metric.QUOTA_USED.value.name, _of("prune", "scims-db")):
            problems.append(f"{stack.variant}: the quota's alarm looks at {_seen(alarm)}")
        above = ("GreaterThanThreshold", 100, "Maximum", "ignore")
        compares = ("ComparisonOperator", "Threshold", "Statistic", "TreatMissingData")
        if alarm and tuple(map(alarm.get, compares)) != above:
            problems.append(f"{stack.variant}: the quota's alarm compares otherwise")
    return problems


def check_failed_calls_alarm(source: Template) -> list[str]:
    """Of each function that something other than a deployment calls."""
    problems = []
    for stack in every_stack(source):
        for function, promise in promised(stack).items():
            alarm = stack.properties(f"{function.removesuffix('Function')}ErrorsAlarm")
            wanted = (f"{STACK}-{promise.name}-errors", "AWS/Lambda", "Errors")
            of_it = {"FunctionName": f"{STACK}-{promise.name}"}
            if function not in _CALLED_BY_CLOUDFORMATION and _seen(alarm) != (*wanted, of_it):
                problems.append(f"{stack.variant}: no alarm looks at errors of {promise.name}")
    return problems


def check_only_the_watching_itself_mails(source: Template) -> list[str]:
    """An objective has an event that mails, and a failed call a rule: one mail is enough."""
    problems = []
    for stack in every_stack(source):
        names = {one.properties["AlarmName"].removeprefix(f"{STACK}-") for one in mailing(stack)}
        if surplus := names - _WATCHING:
            problems.append(f"{stack.variant}: {sorted(surplus)} mail what others mail too")
    return problems


def _called(kind: str, name: str) -> str:
    return "-".join(filter(None, (STACK, kind.lower(), name)))


def _gauge(metric: Metric, source: str) -> tuple[str, str, dict[str, str]]:
    return NAMESPACE, metric.value.name, _of("drill-orchestrate", source)


def _of(service: str, source: str) -> dict[str, str]:
    return dict(zip(Metric.BACKUP_AGE.value.dimensions, (service, source), strict=True))


def _seen(alarm: Mapping[str, Any]) -> tuple[Any, Any, Any, dict[str, str]]:
    dimensions = {one["Name"]: one["Value"] for one in alarm.get("Dimensions", [])}
    return alarm.get("AlarmName"), alarm.get("Namespace"), alarm.get("MetricName"), dimensions
