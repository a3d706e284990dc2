"""Acts in words: `delete("manifest")`, `read_secret("escrow")`, `run_task(cluster="web")`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from localcloud.iam.evaluation import Request
from tests.template.acts.here import OWN_KEY, SOURCE, Act, Here
from tests.template.support.loading import REGION
from tests.template.support.stacks import ACCOUNT, KEY, STACK


def _on(operation: str, name: str, **given: Any) -> Act:
    def act(here: Here) -> list[Request]:
        thing = here.thing(name)
        return here.requests("s3", operation, **thing, **given) if thing else []

    return act


def read(name: str) -> Act:
    """Read an object."""
    return _on("GetObject", name)


def delete(name: str, **given: Any) -> Act:
    """Delete an object: on a versioned bucket, put a marker over it."""
    return _on("DeleteObject", name, **given)


def delete_version(name: str) -> Act:
    """Delete a version of an object, for good."""
    return delete(name, VersionId="v")


def bypass(name: str) -> Act:
    """Delete a version in spite of its lock."""
    return delete(name, VersionId="v", BypassGovernanceRetention=True)


def create(name: str) -> Act:
    """Put an object where there is none."""
    return _on("PutObject", name, IfNoneMatch="*")


def overwrite(name: str) -> Act:
    """Put an object, whatever is there."""
    return _on("PutObject", name)


def copy_over(name: str) -> Act:
    """Copy an object over itself, which no If-None-Match can forbid."""

    def act(here: Here) -> list[Request]:
        thing = here.thing(name)
        return here.requests("s3", "CopyObject", **thing, CopySource=thing) if thing else []

    return act


def finish_upload_over(name: str) -> Act:
    """End a multipart upload, whatever is there."""
    return _on("CompleteMultipartUpload", name)


def abort_upload(name: str) -> Act:
    """Give a multipart upload up."""
    return _on("AbortMultipartUpload", name)


def upload(name: str) -> Act:
    """Upload an archive where there is none, in parts, under the key and the lock that were asked for."""

    def act(here: Here) -> list[Request]:
        if here.thing(name) is None:
            return []
        given: dict[str, Any] = {}
        lock = here.stack.parameters["ObjectLockMode"]
        if lock != "none":
            until = here.world.now + timedelta(days=int(here.stack.parameters["ObjectLockDays"]))
            given = {"ObjectLockMode": lock.upper(), "ObjectLockRetainUntilDate": until}
        if here.stack.parameters["EncryptionKeyArn"]:
            given |= {
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": here.stack.parameters["EncryptionKeyArn"],
            }
        begun = _on("CreateMultipartUpload", name, **given)(here)
        parts = _on("UploadPart", name)(here)
        return [*begun, *parts, *_on("CompleteMultipartUpload", name, IfNoneMatch="*")(here)]

    return act


def list_keys(place: str) -> Act:
    """List what begins with a prefix."""
    return lambda here: here.requests("s3", "ListObjectsV2", Bucket=here.bucket(place), Prefix=f"x/{SOURCE}/")


def read_log(task: str, stream: str) -> Act:
    """Read what a task logged."""
    group = f"/scims-backup/{STACK}/{task}"
    return lambda here: here.requests("logs", "GetLogEvents", logGroupName=group, logStreamName=stream)


def retain(name: str, mode: str, days: float, **given: Any) -> Act:
    """Lock an object for so many days."""

    def act(here: Here) -> list[Request]:
        until = here.world.now + timedelta(days=days)
        return _on("PutObjectRetention", name, Retention={"Mode": mode, "RetainUntilDate": until}, **given)(
            here
        )

    return act


def _retained(name: str, mode: str, days: str, **given: Any) -> Act:
    """Lock as this stack was told, but for what is given."""

    def act(here: Here) -> list[Request]:
        told = here.stack.parameters["ObjectLockMode"].upper()
        modes = {"told": told, "another": "GOVERNANCE" if told == "COMPLIANCE" else "COMPLIANCE"}
        allowed = int(here.stack.parameters["ObjectLockDays"])
        if told == "NONE" and mode == "told" and days == "told":
            return []
        return retain(name, modes[mode], allowed if days == "told" else allowed + 1, **given)(here)

    return act


def lock(name: str) -> Act:
    """Lock an object as the stack was told, where it was told to lock."""
    return _retained(name, "told", "told")


def lock_in_another_mode(name: str) -> Act:
    """Lock an object in the mode that the stack was not told."""
    return _retained(name, "another", "told")


def lock_for_longer(name: str) -> Act:
    """Lock an object for a day more than the stack was told."""
    return _retained(name, "told", "more")


def bucket_call(operation: str, place: str) -> Act:
    """Change or read something of a bucket."""
    return lambda here: here.requests("s3", operation, Bucket=here.bucket(place))


def if_made(resource: str, act: Act) -> Act:
    """The same, where the stack makes that resource."""
    return lambda here: act(here) if resource in here.stack.resources else []


def list_like(name: str) -> Act:
    """List what begins as an object does, in a vault that has such a thing."""

    def act(here: Here) -> list[Request]:
        thing = here.thing(name)
        return (
            here.requests("s3", "ListObjectsV2", Bucket=thing["Bucket"], Prefix=thing["Key"]) if thing else []
        )

    return act


def by_http(act: Act) -> Act:
    """The same, but not encrypted on its way."""
    return lambda here: [
        Request(one.action, one.resource, {**one.context, "aws:SecureTransport": "false"})
        for one in act(here)
    ]


def secret_call(operation: str, name: str) -> Act:
    """Read or change a secret."""
    return lambda here: here.requests("secretsmanager", operation, SecretId=here.secret(name))


def read_secret(name: str) -> Act:
    """Read a secret, which the stack must have."""

    def act(here: Here) -> list[Request]:
        return (
            [] if here.secret(name).endswith(f":{name}-AbCdEf") else secret_call("GetSecretValue", name)(here)
        )

    return act


def use_own_key(**told: str) -> Act:
    """Decrypt with the operator's own key, for something else than a secret of this stack."""
    return lambda here: [here.world.key_use("Decrypt", OWN_KEY, "secretsmanager", told)]


def publish(topic: str = "alerts") -> Act:
    """Publish to a topic of this account."""
    return lambda here: here.requests("sns", "Publish", TopicArn=here.world.arn("sns", f"{STACK}-{topic}"))


def topic_call(operation: str) -> Act:
    """Do something else with the stack's topic."""
    return lambda here: here.requests("sns", operation, TopicArn=here.stack.outputs["TopicArn"])


def put_event(source: str) -> Act:
    """Put an event on the account's bus."""
    entry = {"Source": source, "DetailType": "x"}
    return lambda here: here.requests("events", "PutEvents", Entries=[entry])


def run_task(family: str = "drill", cluster: str = f"{STACK}-drills", *, tagged: bool = False) -> Act:
    """Run a task of one of the stack's families, without tags: a thief needs none."""
    given: dict[str, Any] = {"taskDefinition": f"{STACK}-{family}", "cluster": cluster}
    if tagged:
        given["tags"] = [{"key": "x", "value": "y"}]

    def act(here: Here) -> list[Request]:
        known = f"{STACK}-{family}" in here.world.passed
        return here.requests("ecs", "RunTask", **given) if known else []

    return act


def task_call(operation: str, cluster: str = f"{STACK}-drills") -> Act:
    """Do something with a task in a cluster, or with all of them."""
    which = {} if operation == "ListTasks" else {"tasks": ["0af0"]}
    return lambda here: here.requests("ecs", operation, cluster=cluster, **which)


def ask(action: str, resource: str, context: Mapping[str, str] | None = None) -> Act:
    """Any other request. In its texts {place} stands for region and account, {stack} for the stack."""
    names = {"place": f"{REGION}:{ACCOUNT}", "account": ACCOUNT, "stack": STACK, "key": KEY}
    told = {key: value.format(**names) for key, value in (context or {}).items()}
    return lambda _here: [Request(action, resource.format(**names), told)]


def trail_call(operation: str, context: Mapping[str, str]) -> Act:
    """Do something with the bucket of who read and wrote, or an object there, if the stack records that."""

    def act(here: Here) -> list[Request]:
        bucket = here.stack.outputs.get("TrailBucket")
        thing = "" if operation.startswith("GetBucket") else f"/AWSLogs/{ACCOUNT}/x"
        return ask(f"s3:{operation}", f"arn:aws:s3:::{bucket}{thing}", context)(here) if bucket else []

    return act


def export_call(operation: str) -> Act:
    """Do something with an object that ElastiCache has exported, if the stack backs up a cache."""

    def act(here: Here) -> list[Request]:
        bucket = here.stack.outputs.get("ExportBucket")
        exported = f"arn:aws:s3:::{bucket}/scims-backup-x-0001.rdb"
        return ask(f"s3:{operation}", exported)(here) if bucket else []

    return act


def pass_role(name: str, to: str = "ecs-tasks.amazonaws.com") -> Act:
    """Hand a role to a service."""
    return ask("iam:PassRole", f"arn:aws:iam::{{account}}:role/{name}", {"iam:PassedToService": to})


def assume(name: str, account: str = "", arn: str = "") -> Act:
    """Take a role. account, arn: of what a service takes it for."""
    told = {key: value for key, value in (("aws:SourceAccount", account), ("aws:SourceArn", arn)) if value}

    def act(here: Here) -> list[Request]:
        known = name in here.policies.roles
        return [Request("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{name}", told)] if known else []

    return act
