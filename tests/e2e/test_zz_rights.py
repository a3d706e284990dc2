"""After all that happened: every call of functions and tasks, judged as AWS would have judged it."""

import pytest

from localcloud.iam.requests import ECS_TASKS


@pytest.fixture(scope="module")
def asked(deployed):
    """What was asked of IAM by this stack, by the logical id of the role."""
    requests, ours = deployed.cloud.rights.requests(deployed.cloud.world()), f"{deployed.name}-"
    return {name.split("-")[1]: found for name, found in requests.items() if name.startswith(ours)}


def test_every_request_that_was_made_is_allowed_to_who_made_it(stack):
    cloud = stack.cloud
    assert cloud.rights.missing(cloud.policies(), cloud.world()) == []


def test_every_function_and_all_tasks_were_seen_to_ask(asked):
    assert {
        "DumpRole",
        "PruneRole",
        "DrillOrchestrateRole",
        "AlertRole",
        "DrillTaskRole",
        "DumpTaskRole",
    } <= set(asked)
    assert {"RestoreRole", "RestoreTaskRole", "EnrolRole"} <= set(asked)


@pytest.mark.parametrize(
    ("who", "action", "on", "told"),
    [
        ("DumpRole", "s3:PutObject", "/manifests/", {"s3:if-none-match": "*"}),
        ("DumpRole", "s3:ListBucket", "", {"s3:prefix": "scims-db/locks/"}),
        ("DrillOrchestrateRole", "ecs:RunTask", ":task-definition/", {"ecs:cluster": "cluster/scims-drills"}),
        ("DrillOrchestrateRole", "iam:PassRole", "DrillTaskRole", {"iam:PassedToService": ECS_TASKS}),
        ("DrillOrchestrateRole", "ecs:TagResource", ":task/", {"ecs:CreateAction": "RunTask"}),
        (
            "AlertRole",
            "kms:GenerateDataKey",
            ":key/",
            {"kms:EncryptionContext:aws:sns:topicArn": "scims-alerts"},
        ),
        ("AlertRole", "events:PutEvents", "", {"events:source": "scims.backup"}),
        ("DumpRole", "secretsmanager:GetSecretValue", ":secret:", {"secretsmanager:SecretId": "scims-db"}),
    ],
)
def test_requests_were_seen_with_what_conditions_ask_for(asked, who, action, on, told):
    ((key, value),) = told.items()
    seen = [one for one in asked[who] if one.action == action and on in one.resource]
    assert any(value in one.context.get(key, "") for one in seen)


def test_a_right_that_nobody_has_is_missing(stack):
    """The check can fail: without its own policies a role lacks all that it did."""
    cloud = stack.cloud
    policies = cloud.policies()
    (name,) = (one for one in policies.roles if one.startswith(f"{stack.name}-AlertRole-"))
    policies.roles[name] = ()
    missing = cloud.rights.missing(policies, cloud.world())
    assert any(one.startswith(f"{name} may not sns:Publish ") for one in missing)
