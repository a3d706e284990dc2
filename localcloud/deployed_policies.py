"""All policies that the local cloud keeps and does not enforce, and what calls do not say of its things."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from localcloud.clients import ACCOUNT, REGION, Clients
from localcloud.iam.policies import Policies
from localcloud.iam.world import World


def read_policies(clients: Clients) -> Policies:
    """Return the policies of roles, buckets, topics, queues, keys and functions; roles go by their names."""
    policies = Policies(ACCOUNT)
    _add_roles(policies, clients.client("iam"))
    for arn, document in _policies_of_things(clients):
        policies.add_thing(arn, document, arn.rpartition(":")[2])
    return policies


def read_world(clients: Clients) -> World:
    """Return the keys of topics and secrets, and the roles of task definitions."""
    return World(ACCOUNT, REGION, dict(_keys(clients)), dict(_passed(clients.client("ecs"))))


def _add_roles(policies: Policies, iam: Any) -> None:
    for role in _pages(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        found = _pages(iam, "list_role_policies", "PolicyNames", RoleName=name)
        policies.add_role(
            name,
            [(one, iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]) for one in found],
        )
        policies.add_thing(role["Arn"], role["AssumeRolePolicyDocument"], f"{name}.trust")


def _policies_of_things(clients: Clients) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield an ARN and its policy for all that has one."""
    s3, kms, functions = (clients.client(service) for service in ("s3", "kms", "lambda"))
    for bucket in s3.list_buckets()["Buckets"]:
        yield from _asked(f"arn:aws:s3:::{bucket['Name']}", s3.get_bucket_policy, Bucket=bucket["Name"])
    for key in _pages(kms, "list_keys", "Keys"):
        yield from _asked(key["KeyArn"], kms.get_key_policy, KeyId=key["KeyId"], PolicyName="default")
    for function in _pages(functions, "list_functions", "Functions"):
        name = function["FunctionName"]
        yield from _asked(function["FunctionArn"], functions.get_policy, FunctionName=name)
    for arn, attributes in (*_topics(clients.client("sns")), *_queues(clients.client("sqs"))):
        if "Policy" in attributes:
            yield arn, json.loads(attributes["Policy"])


_NONE = {"NoSuchBucketPolicy", "ResourceNotFoundException"}
"""What a thing without a policy answers."""


def _asked(arn: str, ask: Any, **of: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        yield arn, json.loads(ask(**of)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NONE:
            raise


def _topics(sns: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    for topic in _pages(sns, "list_topics", "Topics"):
        yield topic["TopicArn"], sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]


def _queues(sqs: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    for url in _pages(sqs, "list_queues", "QueueUrls"):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        yield attributes["QueueArn"], attributes


def _keys(clients: Clients) -> Iterator[tuple[str, str]]:
    for arn, attributes in _topics(clients.client("sns")):
        if "KmsMasterKeyId" in attributes:
            yield arn, _key_arn(attributes["KmsMasterKeyId"])
    for secret in _pages(clients.client("secretsmanager"), "list_secrets", "SecretList"):
        if "KmsKeyId" in secret:
            yield secret["ARN"], _key_arn(secret["KmsKeyId"])


def _key_arn(key: str) -> str:
    return key if key.startswith("arn:") else f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"


def _passed(ecs: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for arn in _pages(ecs, "list_task_definitions", "taskDefinitionArns"):
        definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        roles = (definition.get("taskRoleArn"), definition.get("executionRoleArn"))
        yield definition["family"], tuple(filter(None, roles))


def _pages(client: Any, operation: str, what: str, **of: str) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**of):
        yield from page.get(what, [])
