"""Buckets, keys and secrets: what must outlive the stack, and who may see or change it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scims_backup.adapters.s3.lifecycle import expiring_days
from tests.template.support.loading import Template
from tests.template.support.policies import listed
from tests.template.support.stacks import KEY, Resource, Stack, every_stack, stacks

KEPT = {
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
}


EXPORTS = "ExportBucket"
"""Where exports of a cache lie until the dump has taken them: nothing of it needs to be kept."""
_WRITTEN_BY_AWS = {"TrailBucket", EXPORTS}
_KEEPING = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def check_what_cannot_be_made_again_is_kept(source: Template) -> list[str]:
    """Neither deleting the stack nor changing a property takes a bucket, a key or a password.

    A creation that fails takes them back: kept, they would be in the way of the next try.
    """
    return [
        f"{name} has {policy} {resource.get(policy)}"
        for name, resource in source["Resources"].items()
        for policy, wanted in _KEEPING.items()
        if resource["Type"] in KEPT and resource.get(policy) != wanted
    ]


def check_nothing_that_stays_has_a_name_of_ours(source: Template) -> list[str]:
    """What a former stack left would have the name, and a stack of the same name could not be made."""
    return [
        f"{name} stays, and has the fixed {called}"
        for name, resource in source["Resources"].items()
        if "Retain" in f"{resource.get('DeletionPolicy')}{resource.get('UpdateReplacePolicy')}"
        for called in resource.get("Properties", {})
        if called.endswith("Name")
    ]


def check_there_is_a_catalog_and_a_vault(source: Template) -> list[str]:
    """Made where none was given, and none where one was given; passwords for restic alone."""
    expected = {
        "restic": {"CatalogBucket", "ResticVaultBucket", "VaultPassword", "VaultEscrow"},
        "plain": {"CatalogBucket", "PlainVaultBucket", "TrailBucket"},
        "closed": {"CatalogBucket", "ResticVaultBucket", "VaultPassword", "VaultEscrow", "TrailBucket"},
        "existing": set(),
    }
    kinds = {"AWS::S3::Bucket", "AWS::SecretsManager::Secret"}
    return [
        f"{stack.variant}: there are {sorted(made)}"
        for stack in stacks(source)
        if (made := {one.id for one in stack.resources.values() if one.type in kinds})
        != expected[stack.variant]
    ]


def check_buckets_are_closed_and_encrypted(source: Template) -> list[str]:
    """No public access, nothing by plain HTTP, encrypted, with the key that was given, no access lists."""
    return [
        f"{stack.variant}: {bucket.id} {problem}"
        for stack in every_stack(source)
        for bucket in stack.of("AWS::S3::Bucket")
        for problem in _open(stack, bucket)
    ]


def _open(stack: Stack, bucket: Resource) -> Iterator[str]:
    blocked = bucket.properties.get("PublicAccessBlockConfiguration", {})
    if len(blocked) != 4 or not all(blocked.values()):
        yield "can be made public"
    rules = bucket.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
    default = rules[0].get("ServerSideEncryptionByDefault", {})
    with_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    has_key = stack.parameters["EncryptionKeyArn"] and bucket.id not in _WRITTEN_BY_AWS
    if default != (with_key if has_key else {"SSEAlgorithm": "AES256"}):
        yield f"is encrypted by {default}"
    if bucket.properties.get("OwnershipControls") != {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}:
        yield "has access lists"
    arn = f"arn:aws:s3:::scims-backup-{bucket.id.lower()}"
    if not any(_refuses_plain_http(statement, arn) for statement in bucket_policy(stack, bucket.id)):
        yield "takes plain HTTP"


def bucket_policy(stack: Stack, bucket: str) -> list[dict[str, Any]]:
    """The statements of a bucket's policy."""
    return [
        statement
        for policy in stack.of("AWS::S3::BucketPolicy")
        if policy.properties["Bucket"] == f"scims-backup-{bucket.lower()}"
        for statement in policy.properties["PolicyDocument"]["Statement"]
    ]


def _refuses_plain_http(statement: dict[str, Any], arn: str) -> bool:
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] == "s3:*"
        and set(listed(statement["Resource"])) == {arn, f"{arn}/*"}
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    )


def check_nothing_is_overwritten(source: Template) -> list[str]:
    """Records and plain archives are put with If-None-Match or not at all; parts of uploads may pass.

    Only the operator's role for recovery, where there is one, puts older versions on top.
    """
    protected = {
        "CatalogBucket": ("NotResource", "page/*"),  # the status page, which is renewed
        "PlainVaultBucket": ("Resource", "archives/*"),
    }
    problems = []
    for stack in stacks(source):
        recoverer = stack.parameters["RecoveryRoleArn"]
        wanted = {
            "Null": {"s3:if-none-match": "true"},
            "Bool": {"s3:ObjectCreationOperation": "true"},
            **({"ArnNotEquals": {"aws:PrincipalArn": recoverer}} if recoverer else {}),
        }
        for bucket, (element, prefix) in protected.items():
            arn = f"arn:aws:s3:::scims-backup-{bucket.lower()}/{prefix}"
            found = [
                statement
                for statement in bucket_policy(stack, bucket)
                if statement["Effect"] == "Deny"
                and (statement["Action"], statement.get(element)) == ("s3:PutObject", arn)
                and statement["Condition"] == wanted
            ]
            if bucket in stack.resources and not found:
                problems.append(f"{stack.variant}: what {bucket} keeps can be overwritten")
    return problems


def check_every_bucket_keeps_versions_for_as_long_as_it_was_told(source: Template) -> list[str]:
    """What is deleted or overwritten stays for UndeleteDays, then goes with its mark; but for exports."""
    problems = []
    for stack in every_stack(source):
        for bucket in stack.of("AWS::S3::Bucket"):
            if bucket.id == EXPORTS:
                if "VersioningConfiguration" in bucket.properties:
                    problems.append(f"{stack.variant}: what was exported is kept a second time")
                continue
            if bucket.properties.get("VersioningConfiguration") != {"Status": "Enabled"}:
                problems.append(f"{stack.variant}: {bucket.id} loses what is deleted")
            rules = [_as_s3_has_it(rule) for rule in _rules(bucket)]
            if expiring_days(rules, "any/key") != int(stack.parameters["UndeleteDays"]):
                problems.append(f"{stack.variant}: {bucket.id} keeps what is deleted for other days")
            if not any(rule.get("ExpiredObjectDeleteMarker") is True for rule in rules):
                problems.append(f"{stack.variant}: {bucket.id} keeps marks that hide nothing")
    return problems


def _rules(bucket: Resource) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = bucket.properties.get("LifecycleConfiguration", {"Rules": []})["Rules"]
    return rules


def _as_s3_has_it(rule: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation gives numbers of parameters as texts."""
    expiration = rule.get("NoncurrentVersionExpiration", {})
    return {**rule, "NoncurrentVersionExpiration": {name: int(days) for name, days in expiration.items()}}


WITH_OBJECT_LOCK_FROM_THE_START = {"PlainVaultBucket"}
"""To add to these may have buckets replaced that are there already."""


def check_no_bucket_is_replaced_for_its_lock(source: Template) -> list[str]:
    """Buckets that were made without Object Lock get it by a command, never by an update."""
    return [
        f"{stack.variant}: {bucket.id} has Object Lock, or lacks it"
        for stack in every_stack(source)
        for bucket in stack.of("AWS::S3::Bucket")
        if bool(bucket.properties.get("ObjectLockEnabled")) != (bucket.id in WITH_OBJECT_LOCK_FROM_THE_START)
        or "ObjectLockConfiguration" in bucket.properties
    ]


def check_the_catalog_tells_its_news(source: Template) -> list[str]:
    """Without the notification no rule ever sees an object."""
    wanted = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    return [
        f"{stack.variant}: {bucket.id} tells EventBridge, or does not"
        for stack in every_stack(source)
        for bucket in stack.of("AWS::S3::Bucket")
        if (bucket.properties.get("NotificationConfiguration") == wanted)
        != (bucket.id in {"CatalogBucket", EXPORTS})
    ]


def check_what_is_left_over_goes(source: Template) -> list[str]:
    """Incomplete uploads everywhere; nothing that is current."""
    problems = []
    for stack in every_stack(source):
        for bucket in stack.of("AWS::S3::Bucket"):
            rules = bucket.properties.get("LifecycleConfiguration", {"Rules": []})["Rules"]
            keys = {key for rule in rules if rule["Status"] == "Enabled" for key in rule}
            if "AbortIncompleteMultipartUpload" not in keys:
                problems.append(f"{stack.variant}: {bucket.id} keeps incomplete uploads")
            forgets = keys & {"ExpirationInDays", "ExpirationDate", "Transitions", "Transition"}
            if forgets != ({"ExpirationInDays"} if bucket.id in _WRITTEN_BY_AWS else set()):
                problems.append(f"{stack.variant}: {bucket.id} loses what is current")
    return problems


def check_passwords_are_made_of_what_hurts_nowhere(source: Template) -> list[str]:
    """Long, letters and digits alone: they go through environments, TOML and people's shells."""
    return [
        f"{stack.variant}: {secret.id} is made by {made}"
        for stack in stacks(source)
        for secret in stack.of("AWS::SecretsManager::Secret")
        if (made := secret.properties.get("GenerateSecretString"))
        != {"PasswordLength": 48, "ExcludePunctuation": True}
    ]
