"""No condition can be taken unseen: without it a forbidden act is possible, or a needed one is not."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.template.acts.everything import stacks_of, wrong
from tests.template.acts.here import Here
from tests.template.support.loading import source, transformed

TEMPLATE = transformed(source())


class Place(NamedTuple):
    """One key of a condition; key is '' for all that a role's trust asks, or who may invoke a function."""

    resource: str
    statement: str
    operator: str = ""
    key: str = ""


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    """Every statement with a condition, wherever it lies."""
    if isinstance(value, dict):
        if "Effect" in value and "Condition" in value:
            yield value
        for item in value.values():
            yield from _statements(item)
    elif isinstance(value, list):
        for item in value:
            yield from _statements(item)


def _places() -> Iterator[Place]:
    for name, resource in TEMPLATE["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Permission":
            yield Place(name, "permission")
        for statement in _statements(resource):
            if "Sid" not in statement:
                yield Place(name, "trust")
                continue
            for operator, keys in statement["Condition"].items():
                yield from (Place(name, statement["Sid"], operator, key) for key in keys)


def _without(place: Place) -> dict[str, Here]:
    """All stacks of a template without one of these."""
    template = {**TEMPLATE, "Resources": dict(TEMPLATE["Resources"])}
    changed = template["Resources"][place.resource] = copy.deepcopy(TEMPLATE["Resources"][place.resource])
    if place.statement == "permission":
        del changed["Properties"]["SourceArn"]
    for statement in _statements(changed):
        if place.statement == "trust" and "Sid" not in statement:
            statement["Condition"].clear()
        if statement.get("Sid") == place.statement and place.operator in statement["Condition"]:
            statement["Condition"][place.operator].pop(place.key, None)
    return stacks_of(template)


def _seen(place: Place) -> Iterator[str]:
    """What is wrong without it: which act's test would be red."""
    return (problem for here in _without(place).values() for problem in wrong(here))


PLACES = sorted(set(_places()))
# The statement that forbids to overwrite, by what it asks
_ONCE = next(one.statement for one in PLACES if one[0::3] == ("CatalogBucketPolicy", "s3:if-none-match"))
_PLAINLY_MADE = "no program uploads these in parts; the condition is S3's own example"
SPARE = {
    Place(
        "DrillOrchestrateRole", "FollowAndStopDrills", "ArnEquals", "ecs:cluster"
    ): "its resource says so too",
    Place("RestoreRole", "FollowRestores", "ArnEquals", "ecs:cluster"): "its resource says so too",
    Place("CatalogBucketPolicy", _ONCE, "Bool", "s3:ObjectCreationOperation"): _PLAINLY_MADE,
}
"""What may be taken unseen, and why."""

_AT, _IS, _NULL = "ArnEquals", "StringEquals", "Null"
_EACH_IS = "ForAllValues:StringEquals"
_OVER, _SOURCE, _TOPIC = "s3:if-none-match", "aws:SourceArn", "kms:EncryptionContext:aws:sns:topicArn"
_SECRET, _ORCHESTRATOR = "kms:EncryptionContext:SecretARN", "DrillOrchestrateRole"
RED = {
    Place(
        _ORCHESTRATOR, "RunDrillsAndDumps", _AT, "ecs:cluster"
    ): f"{_ORCHESTRATOR} may run a drill in another cluster",
    Place(
        _ORCHESTRATOR, "FindDrills", _AT, "ecs:cluster"
    ): f"{_ORCHESTRATOR} may list tasks of another cluster",
    Place(
        _ORCHESTRATOR, "TagDrillsAtTheirStart", _IS, "ecs:CreateAction"
    ): f"{_ORCHESTRATOR} may tag a task that runs",
    Place(_ORCHESTRATOR, "GiveTheTaskItsRoles", _IS, "iam:PassedToService"): (
        f"{_ORCHESTRATOR} may pass the task's role to a function"
    ),
    Place(
        "DumpRole", "DecryptSourceSecret", _IS, _SECRET
    ): "DumpRole may decrypt with the key of the operator's secrets",
    Place("RestoreRole", "DecryptRestoreSecret", _IS, _SECRET): (
        "RestoreRole may decrypt with the key of the operator's secrets"
    ),
    Place("CatalogBucketPolicy", _ONCE, _NULL, _OVER): "DumpRole cannot put a manifest",
    Place("PlainVaultBucketPolicy", "NeverOverwriteArchives", "Bool", "s3:ObjectCreationOperation"): (
        "DumpRole cannot upload an archive, locked where asked"
    ),
    Place(
        "CatalogBucketPolicy", "RefusePlainHttp", "Bool", "aws:SecureTransport"
    ): "DumpRole cannot read a manifest",
    Place("AlertTopicPolicy", "AlarmsPublish", _AT, _SOURCE): (
        "cloudwatch.amazonaws.com may publish for another account's alarm"
    ),
    Place("AlertKey", "AlarmsPublish", _IS, "aws:SourceAccount"): (
        "cloudwatch.amazonaws.com may use the topic's key for another account"
    ),
    Place(
        "AlertKey", "RulesPublish", _IS, _TOPIC
    ): "events.amazonaws.com may use the topic's key for another topic",
    Place("UndeliveredQueuePolicy", "RulesLeaveWhatTheyCannotDeliver", _AT, _SOURCE): (
        "events.amazonaws.com may leave what another account's rule could not deliver"
    ),
    Place(
        "SchedulerRole", "trust"
    ): "scheduler.amazonaws.com may take the scheduler's role for another account",
    Place("DrillTaskRole", "trust"): "ecs-tasks.amazonaws.com may take DrillTaskRole for another account",
    Place(
        "DumpRole", "TellFailure", _EACH_IS, "events:source"
    ): "DumpRole may put an event in another's name",
    Place(
        "AlertRole", "PassEventsOn", _EACH_IS, "events:source"
    ): "AlertRole may put an event in another's name",
    Place("DumpRole", "NotByTheCodeItself", _AT, "lambda:SourceFunctionArn"): (
        "DumpRole cannot DumpFunction: ec2:CreateNetworkInterface"
    ),
    Place("TrailBucketPolicy", "CloudTrailWrites", _IS, _SOURCE): (
        "cloudtrail.amazonaws.com may write another trail's records"
    ),
    Place("PruneFunctionManifestStoredPermission", "permission"): (
        "events.amazonaws.com may invoke prune for another account's rule manifest-stored"
    ),
}
"""Which act tells that one of these is gone."""


@pytest.mark.parametrize("place", [one for one in PLACES if one not in SPARE], ids=" ".join)
def test_no_condition_can_be_taken_unseen(place):
    assert any(True for _ in _seen(place)), f"nobody misses {place}"


@pytest.mark.parametrize("place", SPARE, ids=" ".join)
def test_what_is_said_to_be_spare_is_there_and_is_spare(place):
    assert place in PLACES
    assert list(_seen(place)) == []


@pytest.mark.parametrize(("place", "red"), RED.items(), ids=[" ".join(one) for one in RED])
def test_the_act_that_a_condition_is_for_tells_that_it_is_gone(place, red):
    assert place in PLACES
    assert red in _seen(place)
