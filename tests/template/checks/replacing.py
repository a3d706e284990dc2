"""What an update of the stack may not put something else in the place of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.checks.contract import sources
from tests.template.support.loading import Template
from tests.template.support.policies import may
from tests.template.support.stacks import Resource, Stack, every_stack

CREATE_ONLY: Mapping[str, tuple[str, ...]] = {
    "AWS::SecretsManager::Secret": ("Name",),
    "AWS::KMS::Key": ("Origin", "KeySpec", "KeyUsage", "MultiRegion"),
    "AWS::S3::Bucket": ("BucketName", "BucketNamePrefix", "BucketNamespace"),
    "AWS::S3::BucketPolicy": ("Bucket",),
}
"""Properties whose change makes CloudFormation put another in the place of a resource (each type's
createOnlyProperties), and those of a key that it refuses to change."""

RECORDED: Mapping[str, Mapping[str, Any]] = {
    "CatalogBucket": {},
    "CatalogBucketPolicy": {"Bucket": {"Ref": "CatalogBucket"}},
    "ResticVaultBucket": {},
    "ResticVaultBucketPolicy": {"Bucket": {"Ref": "ResticVaultBucket"}},
    "PlainVaultBucket": {},
    "PlainVaultBucketPolicy": {"Bucket": {"Ref": "PlainVaultBucket"}},
    "TrailBucket": {},
    "TrailBucketPolicy": {"Bucket": {"Ref": "TrailBucket"}},
    "ExportBucket": {},
    "ExportBucketPolicy": {"Bucket": {"Ref": "ExportBucket"}},
    "VaultPassword": {},
    "VaultEscrow": {},
    "AlertKey": {},
}
"""What stays, as stacks that are deployed have it: by logical id, since another id is another resource."""


def check_no_update_replaces_what_stays(source: Template) -> list[str]:
    """Each kept resource has the id and the properties that it was made with."""
    kept = {
        name: resource for name, resource in source["Resources"].items() if resource["Type"] in CREATE_ONLY
    }
    gone = [f"{name} is gone, or called otherwise" for name in RECORDED if name not in kept]
    return gone + [
        f"an update replaces {name}: {json.dumps(fixed)} was {json.dumps(RECORDED[name])}"
        for name, resource in kept.items()
        if name in RECORDED and (fixed := _fixed(resource)) != RECORDED[name]
    ]


def _fixed(resource: Mapping[str, Any]) -> dict[str, Any]:
    names = CREATE_ONLY[resource["Type"]]
    return {name: value for name, value in resource.get("Properties", {}).items() if name in names}


def check_a_password_that_is_not_the_vaults_ends_the_update(source: Template) -> list[str]:
    """Where the stack makes the password, it is held against each repository that is there."""
    return [f"{stack.variant}: {problem}" for stack in every_stack(source) for problem in _unguarded(stack)]


def _unguarded(stack: Stack) -> Iterator[str]:
    if "VaultPassword" not in stack.resources:
        if any(True for _ in stack.of("Custom::VaultPasswordFits")):
            yield "a password that the operator named is judged"
        return
    for kind, name in sources(stack).items():
        yield from _unjudged(stack, f"{kind}VaultPasswordFits", name)
    yield from _judges_without_seeing(stack, stack.resources["TaskImageRole"])


def _unjudged(stack: Stack, logical_id: str, repository: str) -> Iterator[str]:
    asked = stack.properties(logical_id)
    found = (asked.get("PasswordArn"), asked.get("Bucket"), asked.get("Repository"))
    if found != (stack.outputs["VaultPasswordArn"], _vault(stack), repository):
        yield f"held against each other are {found}"
    if not str(asked.get("ServiceToken")).endswith("-task-image"):
        yield f"nobody judges the password of {repository}"
    enrolment = stack.properties("EscrowEnrolment")
    if enrolment and logical_id not in enrolment.get("After", ()):
        yield f"the vault is opened before {logical_id} has judged its password"


def _judges_without_seeing(stack: Stack, role: Resource) -> Iterator[str]:
    vault, password = f"arn:aws:s3:::{_vault(stack)}", stack.outputs["VaultPasswordArn"]
    for name in sources(stack).values():
        if not may(role, "s3:ListBucket", vault, {"s3:prefix": f"{name}/config"}):
            yield f"when the repository of {name} was made cannot be seen"
    if may(role, "s3:ListBucket", vault, {"s3:prefix": ""}):
        yield "more of the vault can be seen than when it was made"
    if not may(role, "secretsmanager:DescribeSecret", password):
        yield "when the password was made cannot be seen"
    if may(role, "secretsmanager:GetSecretValue", password):
        yield "the password itself can be seen"


def _vault(stack: Stack) -> str:
    return str(stack.parameters["VaultBucketName"] or "scims-backup-resticvaultbucket")
