"""What nobody of the stack can undo: older versions, how buckets keep them, and locks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.checks.environments import catalog, vault
from tests.template.checks.storage import EXPORTS, bucket_policy
from tests.template.support.loading import Template
from tests.template.support.policies import listed, may, statements
from tests.template.support.stacks import Resource, Stack, every_stack, stacks

UNMAKING = (
    *("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectLegalHold"),
    *("s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl"),
    *("s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock"),
    *("s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutBucketObjectLockConfiguration"),
    *("s3:PutEncryptionConfiguration", "s3:PutReplicationConfiguration", "s3:PutBucketNotification"),
    *(
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketLogging",
        "s3:PutBucketTagging",
        "s3:DeleteBucketWebsite",
    ),
)
"""Acts by which what was deleted, or a lock, or who can see, would be lost for good."""


def check_no_role_may_unmake_what_keeps_backups(source: Template) -> list[str]:
    """None of them, whatever the condition, in catalog and vault."""
    return [
        f"{stack.variant}: {role.id} may {action}"
        for stack in stacks(source)
        for role in stack.of("AWS::IAM::Role")
        for action in UNMAKING
        for bucket in (catalog(stack), vault(stack))
        if any(may(role, action, f"arn:aws:s3:::{bucket}{key}") for key in ("", "/some/key"))
    ]


def check_buckets_refuse_every_role_what_would_unmake_them(source: Template) -> list[str]:
    """A second lock in each bucket's own policy: every role of the stack by its ARN, and nobody else."""
    return [
        f"{stack.variant}: {bucket.id} {problem}"
        for stack in every_stack(source)
        for bucket in stack.of("AWS::S3::Bucket")
        # No role of the stack has any right on the trail's, and nothing is kept in that of exports
        if bucket.id not in {"TrailBucket", EXPORTS}
        for problem in _let_through(stack, bucket)
    ]


def _let_through(stack: Stack, bucket: Resource) -> Iterator[str]:
    policy = {statement["Sid"]: statement for statement in bucket_policy(stack, bucket.id)}
    arn = f"arn:aws:s3:::scims-backup-{bucket.id.lower()}"
    keeping = policy.get("KeepVersionsAndSettings", {})
    if keeping.get("Effect") != "Deny" or keeping.get("Principal") != "*":
        yield "refuses nothing"
        return
    if set(listed(keeping["Resource"])) != {arn, f"{arn}/*"}:
        yield f"refuses it for {keeping['Resource']}"
    yield from (f"lets {action} through" for action in UNMAKING if not _names(keeping, action))
    yield from _not_named(stack, keeping)
    for sid in ("LockInOneModeAlone", "LockForSoManyDaysAlone"):
        if listed(policy.get(sid, {}).get("Resource", "")) != [f"{arn}/*"]:
            yield f"locks anything: it has no {sid}"
        yield from _not_named(stack, policy.get(sid, {}))


def _names(statement: Mapping[str, Any], action: str) -> bool:
    return any(
        action == named or (named.endswith("*") and action.startswith(named[:-1]))
        for named in listed(statement["Action"])
    )


def _not_named(stack: Stack, statement: Mapping[str, Any]) -> Iterator[str]:
    condition = statement.get("Condition", {}).get("ArnEquals", {})
    roles = {f"arn:aws:iam::123456789012:role/{role.id}" for role in stack.of("AWS::IAM::Role")}
    if differing := roles ^ set(condition.get("aws:PrincipalArn", [])):
        yield f"{statement.get('Sid')} is for others than the stack's roles: {sorted(differing)}"


def check_locks_have_one_mode_and_an_end(source: Template) -> list[str]:
    """Who may lock may do so in the mode and for the days that the stack was given, or not at all."""
    return [
        f"{stack.variant}: {problem}"
        for stack in stacks(source)
        for problem in (*_unbounded_rights(stack), *_unbounded_refusals(stack))
    ]


def _unbounded_rights(stack: Stack) -> Iterator[str]:
    mode, days = _given(stack)
    bounded = {
        "StringEquals": {"s3:object-lock-mode": mode},
        "NumericLessThanEquals": {"s3:object-lock-remaining-retention-days": days},
    }
    for role in stack.of("AWS::IAM::Role"):
        for statement in statements(role):
            locks = "s3:PutObjectRetention" in listed(statement["Action"])
            if locks and statement.get("Condition") != bounded:
                yield f"{role.id}.{statement['Sid']} is bound by {statement.get('Condition')}"


def _unbounded_refusals(stack: Stack) -> Iterator[str]:
    mode, days = _given(stack)
    wanted = {
        "LockInOneModeAlone": {"StringNotEquals": {"s3:object-lock-mode": mode}},
        "LockForSoManyDaysAlone": {
            "NumericGreaterThan": {"s3:object-lock-remaining-retention-days": days},
        },
    }
    for bucket in stack.of("AWS::S3::Bucket"):
        for statement in bucket_policy(stack, bucket.id):
            if statement["Sid"] not in wanted:
                continue
            condition = {name: test for name, test in statement["Condition"].items() if name != "ArnEquals"}
            if (statement["Action"], condition) != ("s3:PutObjectRetention", wanted[statement["Sid"]]):
                yield f"{bucket.id} refuses {statement}"


def _given(stack: Stack) -> tuple[str, list[str]]:
    mode = {"governance": "GOVERNANCE", "compliance": "COMPLIANCE", "none": "none"}
    return mode[stack.parameters["ObjectLockMode"]], [stack.parameters["ObjectLockDays"]]
