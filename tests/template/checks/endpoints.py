"""Restricted endpoints: whatever runs behind them reaches what is the stack's own, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.checks.contract import exports
from tests.template.checks.environments import catalog, vault
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import listed, passes, statements
from tests.template.support.stacks import ACCOUNT, NEEDED, STACK, Stack, every_stack

_BEHIND = {
    "DumpRole": {"s3", "secretsmanager", "elasticache"},
    "DrillTaskRole": {"s3", "secretsmanager"},
    "DrillExecutionRole": {"ecr", "logs"},
    "RestoreRole": {"s3", "secretsmanager"},
    "RestoreTaskRole": {"s3", "secretsmanager"},
    "RestoreExecutionRole": {"ecr", "logs"},
}
"""Who works in the VPC, and which services it asks there. Lambda itself writes the logs of functions."""

_LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/0f/0f0e"
_CACHES = f"arn:aws:elasticache:{REGION}:{ACCOUNT}"
_ELSEWHERE = (
    ("s3", "s3:PutObject", "arn:aws:s3:::somebody-elses/x"),
    ("s3", "s3:GetObject", "arn:aws:s3:::somebody-elses/x"),
    ("s3", "s3:CreateBucket", "arn:aws:s3:::somebody-elses"),
    ("s3", "s3:ListAllMyBuckets", "*"),
    ("s3", "s3:PutObject", _LAYERS),
    ("s3", "s3:PutObject", "arn:aws:s3:::{catalog}-of-another/x"),
    ("s3", "s3:PutObject", "arn:aws:s3:::{vault}x/x"),
    (
        "secretsmanager",
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:x",
    ),
    ("secretsmanager", "secretsmanager:PutSecretValue", NEEDED["SourceSecretArn"]),
    ("secretsmanager", "secretsmanager:CreateSecret", "*"),
    ("secretsmanager", "secretsmanager:GetSecretValue", "{escrow}"),
    ("elasticache", "elasticache:CreateSnapshot", f"{_CACHES}:replicationgroup:another"),
    ("elasticache", "elasticache:CreateReplicationGroup", f"{_CACHES}:replicationgroup:another"),
    ("elasticache", "elasticache:CopySnapshot", f"{_CACHES}:snapshot:nightly"),
    ("ecr", "ecr:PutImage", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/scims"),
    ("ecr", "ecr:UploadLayerPart", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/scims"),
    ("ecr", "ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:999999999999:repository/scims"),
    ("logs", "logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/other:log-stream:x"),
    (
        "logs",
        "logs:PutLogEvents",
        f"arn:aws:logs:{REGION}:999999999999:log-group:/scims-backup/{STACK}/drill:log-stream:x",
    ),
    ("logs", "logs:CreateLogGroup", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/scims-backup/{STACK}/x"),
)
"""Where somebody who has got into a task could carry what is there, or fetch more."""


_BY_ELASTICACHE = {
    ("s3:GetBucketLocation", "OwnBucket"),
    ("s3:GetBucketAcl", "OwnBucket"),
    ("s3:PutObject", "TakeExports"),
    ("s3:ListAllMyBuckets", "SeeThatThereIsABucket"),
}
"""What ElastiCache asks S3 in the name of the role that asked for an export, past the endpoints."""


def check_restricted_endpoints_lead_to_our_own_alone(source: Template) -> list[str]:
    """No other bucket, secret, registry or log; unrestricted ones have AWS's own policy, which allows all."""
    return [problem for stack in every_stack(source) for problem in _leading_elsewhere(stack)]


def _leading_elsewhere(stack: Stack) -> Iterator[str]:
    restricted = stack.parameters["RestrictEndpoints"] == "yes"
    names = {"catalog": catalog(stack), "vault": vault(stack), "escrow": stack.outputs.get("VaultEscrowArn")}
    for service, policy in _policies(stack):
        if (policy is not None) != restricted:
            yield f"{stack.variant}: the endpoint of {service} is restricted, or is not"
        for about, action, resource in _ELSEWHERE:
            asked = resource.format(**names)
            if policy is not None and about == service.split(".")[0] and passes(policy, action, asked):
                yield f"{stack.variant}: the endpoint of {service} lets {action} {asked} through"


def _policies(stack: Stack) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    for endpoint in stack.of("AWS::EC2::VPCEndpoint"):
        document: Mapping[str, Any] | None = endpoint.properties.get("PolicyDocument")
        service = endpoint.properties["ServiceName"].split(f"{REGION}.")[1]
        yield service, document


def check_restricted_endpoints_let_our_own_work_through(source: Template) -> list[str]:
    """All that the roles behind them may do there, and the layers of the image; for whoever asks."""
    return [problem for stack in every_stack(source) for problem in _cut_off(stack)]


def _cut_off(stack: Stack) -> Iterator[str]:
    closed_in = stack.parameters["CreateEndpoints"] == "all" and stack.parameters["DatabaseSubnetIds"] != [""]
    if ("CacheEndpoint" in stack.resources) != (exports(stack) and closed_in):
        yield f"{stack.variant}: the dump cannot reach ElastiCache, or need not"
    for service, policy in _policies(stack):
        if policy is None:
            continue
        yield from (
            f"{stack.variant}: the endpoint of {service} asks who it is"
            for statement in policy["Statement"]
            if statement.get("Principal") != "*" or "Condition" in statement
        )
        for action, resource in {*_needed(stack, service.split(".")[0])}:
            if not passes(policy, action, resource):
                yield f"{stack.variant}: the endpoint of {service} stops {action} {resource}"


def _needed(stack: Stack, service: str) -> Iterator[tuple[str, str]]:
    if service == "s3":
        yield "s3:GetObject", _LAYERS
    for role, services in _BEHIND.items():
        if role not in stack.resources or service not in services:
            continue
        for statement in statements(stack.resources[role]):
            for action in listed(statement["Action"]):
                if action.startswith(f"{service}:") and (action, statement["Sid"]) not in _BY_ELASTICACHE:
                    yield from ((action, resource) for resource in listed(statement["Resource"]))
