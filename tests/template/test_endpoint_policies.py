"""What the endpoints let through where the stack restricts them: what is needed in the VPC, and no more."""

import pytest

from localcloud.iam.evaluation import Request
from tests.template.acts.everything import stacks_of
from tests.template.acts.here import ADMINISTRATOR, STRANGER
from tests.template.acts.needed import NEEDED
from tests.template.acts.services import implied
from tests.template.support.loading import REGION, source, transformed
from tests.template.support.stacks import ACCOUNT, VARIANTS

ENDPOINTS = {
    "s3": "S3GatewayEndpoint",
    "secretsmanager": "SecretsEndpoint",
    "ecr": "EcrApiEndpoint",
    "logs": "LogsEndpoint",
}
INSIDE = {"DumpRole", "DrillTaskRole", "RestoreRole", "RestoreTaskRole"}
"""Who calls from the VPC by itself. Lambda and EventBridge call for functions from elsewhere."""
STARTERS = {"DrillExecutionRole", "RestoreExecutionRole"}
"""For whom ECS calls from the task's subnets."""


@pytest.fixture(scope="module")
def here():
    return stacks_of(transformed(source()))


def refused(one, who, requests):
    """What an endpoint refuses somebody; a key is used by services, which need no endpoint."""
    ways = [
        (request, ENDPOINTS[service])
        for request in requests
        if (service := request.action.split(":")[0]) in ENDPOINTS
    ]
    caller = one.caller(who)
    return [request for request, via in ways if not one.policies.decide(request, caller, via=via).allowed]


def test_some_stack_restricts_every_endpoint(here):
    assert any(set(ENDPOINTS.values()) <= set(one.policies.endpoints) for one in here.values())


@pytest.mark.parametrize("variant", VARIANTS)
def test_endpoints_let_through_what_is_needed_in_the_vpc(here, variant):
    one = here[variant]
    needed = [(act.who, act.act(one)) for act in NEEDED if act.who in INSIDE and one.caller(act.who)]
    started = [(who, [request]) for who, _, request in implied(one) if who in STARTERS]
    assert [
        refused(one, who, requests) for who, requests in needed + started if refused(one, who, requests)
    ] == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::somebody-elses-bucket/loot"),
        ("s3:PutObject", f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/loot"),
        ("s3:GetObject", "arn:aws:s3:::somebody-elses-bucket/program"),
        ("secretsmanager:PutSecretValue", f"arn:aws:secretsmanager:{REGION}:{STRANGER}:secret:loot-AbCdEf"),
        ("ecr:PutImage", f"arn:aws:ecr:{REGION}:{STRANGER}:repository/loot"),
        ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{STRANGER}:log-group:loot:log-stream:x"),
        ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:loot:log-stream:x"),
    ],
)
def test_an_endpoint_leads_to_nothing_of_others(here, action, resource):
    via = ENDPOINTS[action.split(":")[0]]
    stacks = [one for one in here.values() if via in one.policies.endpoints]
    ways = [
        one.policies.decide(Request(action, resource), one.caller(ADMINISTRATOR), via=via).why
        for one in stacks
    ]
    assert ways
    assert all(why.startswith(f"{via}: ") for why in ways)
