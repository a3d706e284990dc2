"""A stack as it would be deployed: every value resolved, every resource whose condition holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from localcloud.iam.documents import Statement, read_policy
from localcloud.iam.templates import documents_of
from tests.template.support.intrinsics import NO_VALUE, Resolver, UnresolvedError
from tests.template.support.loading import REGION, Template, transformed

ACCOUNT = "123456789012"
STACK = "scims-backup"

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": NO_VALUE,
}

NEEDED: Mapping[str, str] = {
    "SourceSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:scims-db-AbCdEf",
    "VpcId": "vpc-0123456789abcdef0",
    "DrillSubnetIds": "subnet-0000000000000000a,subnet-0000000000000000b",
    "AlertEmail": "operator@example.org",
}
RESTORER = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:administrator-AbCdEf"
WRITER = "arn:aws:iam::210987654321:role/their-stack-WriterRole-0A1B2C3D4E5F"
THEIR_PASSWORD = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:their-vault-AbCdEf"
RECOVERER = f"arn:aws:iam::{ACCOUNT}:role/scims-recovery"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d"
RUNTIME_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/4e5f6a7b"

SUBSCRIPTIONS: Mapping[str, str] = {
    "AlertSubscription1Endpoint": "second@example.org",
    "AlertSubscription2Protocol": "sms",
    "AlertSubscription2Endpoint": "+4915112345678",
    "AlertSubscription2Severities": "error,critical",
    "AlertSubscription3Protocol": "sqs",
    "AlertSubscription3Endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:tickets",
    "AlertSubscription3Sources": "scims-db",
    "AlertSubscription3Kinds": "DrillFailed,DrillInconclusive",
}
"""Every further way in which alerts may arrive."""

REDIS: Mapping[str, str] = {
    "RedisSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:scims-redis-AbCdEf",
    "RedisServer": "redis:7",
}
"""What a stack is told that backs up Redis too."""
REDIS_RESTORER = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redis-administrator-AbCdEf"
REDIS_PLACE: Mapping[str, str] = {"RedisSecurityGroupId": "sg-7", "RedisPort": "6380"}
CACHE: Mapping[str, str] = {"RedisElastiCache": "sessions", "RedisServer": "redis:7"}
"""What a stack is told that backs up a cache of ElastiCache too."""

AFTER_RESTORE = """COMMENT ON VIEW v IS 'it''s "\\ours"';
GRANT SELECT ON v TO "Reader";"""

VARIANTS: Mapping[str, Mapping[str, str]] = {
    "restic": {},
    "plain": {
        "VaultKind": "s3",
        "PlainVaultWithoutKey": "accept",
        "AccessTrail": "all",
        "RecoveryRoleArn": RECOVERER,
        "SandboxKind": "rds",
        "RdsSandboxSubnetIds": "subnet-3,subnet-4",
        "RdsSandboxParameterGroup": "production-15",
    },
    "closed": {
        "CreateEndpoints": "all",
        "RouteTableIds": "rtb-1,rtb-2",
        "S3PrefixListId": "pl-6ea54007",
        "RestrictEndpoints": "yes",
        "AccessTrail": "write",
        "DatabaseSubnetIds": "subnet-1,subnet-2",
        "DatabaseSecurityGroupIds": "sg-1,sg-2",
        "EncryptionKeyArn": KEY,
        "ObjectLockMode": "none",
        "RuntimeKeyArn": RUNTIME_KEY,
        "Quota": "100GB",
        "OtlpEndpoint": "https://otlp.example.org:4318",
        **SUBSCRIPTIONS,
        "RestoreSecretArn": RESTORER,
        "SourceUrl": "postgresql://scims_backup@db.example.org:5432/scims?sslmode=require",
        "ApplicationRole": "scims_app",
        "AfterRestore": AFTER_RESTORE,
        "Labels": "git_commit=4b825dc,of=production",
        "CopyRoleArn": WRITER,
        "CopyExternalId": "an-external-id",
        "CopyRegion": "eu-west-1",
        "CopyCatalogBucket": "their-catalog",
        "CopyVaultBucket": "their-vault",
        "CopyVaultSecretArn": THEIR_PASSWORD,
    },
    "existing": {
        "VaultKind": "s3",
        "ObjectLockMode": "compliance",
        "CreateEndpoints": "secrets",
        "RouteTableIds": "rtb-1",
        "S3PrefixListId": "pl-6ea54007",
        "RestrictEndpoints": "yes",
        "EndpointSecurityGroupId": "sg-9",
        "CatalogBucketName": "own-catalog",
        "VaultBucketName": "own-vault",
        "RestoreSecretArn": RESTORER,
        "EncryptionKeyArn": KEY,
        "CopyRoleArn": WRITER,
        "CopyCatalogBucket": "their-catalog",
        "CopyVaultBucket": "their-vault",
    },
}
"""Parameters that between them make every condition hold once, and not hold once."""


@dataclass(frozen=True)
class Resource:
    """One resource with its properties resolved. raw: as it is written, with policies and conditions."""

    id: str
    type: str
    properties: Mapping[str, Any]
    raw: Mapping[str, Any]

    @cached_property
    def own_statements(self) -> tuple[Statement, ...]:
        """What a role's own policies say, as IAM reads them."""
        read = (read_policy(document, f"{self.id}.{name}") for name, document in documents_of(self))
        return tuple(statement for statements in read for statement in statements)


@dataclass(frozen=True)
class Stack:
    """A stack of one variant: its resources by logical id, its outputs, and what its parameters were."""

    variant: str
    parameters: Mapping[str, Any]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Any]

    def of(self, kind: str) -> Iterator[Resource]:
        """Yield the resources of a type."""
        return (resource for resource in self.resources.values() if resource.type == kind)

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        """Return the properties of a resource; none if there is no such resource."""
        return self.resources[logical_id].properties if logical_id in self.resources else {}


class _Made:
    """The stacks of one template; those with a second source when they are first asked for."""

    def __init__(self, source: Template) -> None:
        self.source = source  # held, or its id could become another's
        self.template = transformed(source)

    @cached_property
    def alone(self) -> list[Stack]:
        return self._each(dict)

    @cached_property
    def with_redis(self) -> list[Stack]:
        return self._each(_and_redis)

    @cached_property
    def with_cache(self) -> list[Stack]:
        return self._each(lambda given: {**given, **CACHE})

    def _each(self, told: Callable[[Mapping[str, str]], Mapping[str, str]]) -> list[Stack]:
        return [stack_of(self.template, name, told(given)) for name, given in VARIANTS.items()]


def _and_redis(given: Mapping[str, str]) -> Mapping[str, str]:
    restored = {"RedisRestoreSecretArn": REDIS_RESTORER} if "RestoreSecretArn" in given else {}
    return {**given, **REDIS, **REDIS_PLACE, **restored}


_MADE: dict[int, _Made] = {}


def _made(source: Template) -> _Made:
    if id(source) not in _MADE:
        made = _Made(source)
        _MADE.clear()
        _MADE[id(source)] = made
    return _MADE[id(source)]


def stack_told(source: Template, given: Mapping[str, str]) -> Stack:
    """Return the stack with these parameters. Raise UnresolvedError as stacks() does."""
    return stack_of(_made(source).template, "told otherwise", given)


def stacks(source: Template) -> list[Stack]:
    """Return the stacks of all variants. Raise UnresolvedError if a template refers to what is not there."""
    return _made(source).alone


def stacks_with_redis(source: Template) -> list[Stack]:
    """Return the stacks of all variants that back up Redis too. Raise UnresolvedError as stacks() does."""
    return _made(source).with_redis


def stacks_with_cache(source: Template) -> list[Stack]:
    """Return the stacks of all variants that back up a cache too. Raise UnresolvedError as stacks() does."""
    return _made(source).with_cache


def every_stack(source: Template) -> list[Stack]:
    """Return the stacks of all variants, each with every second source and without."""
    return [*stacks(source), *stacks_with_redis(source), *stacks_with_cache(source)]


def stack_of(template: Template, variant: str, given: Mapping[str, str]) -> Stack:
    """Return the stack of a transformed template with parameters."""
    parameters = _parameters(template, {**NEEDED, **given})
    conditions = template.get("Conditions", {})
    by_parameters = Resolver({**PSEUDO, **parameters}, _no_attribute, conditions)
    there = {
        name: resource
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or by_parameters.condition(resource["Condition"])
    }
    plain = {name: _names_only(by_parameters, resource) for name, resource in there.items()}
    names = {name: _reference(name, there[name]["Type"], plain[name]) for name in there}
    resolver = Resolver(
        {**PSEUDO, **parameters, **names},
        lambda name, attribute: _attribute(name, attribute, there, plain),
        conditions,
    )
    resources = {
        name: Resource(name, resource["Type"], resolver.value(resource.get("Properties", {})), resource)
        for name, resource in there.items()
    }
    outputs = {
        name: resolver.value(output["Value"])
        for name, output in template.get("Outputs", {}).items()
        if "Condition" not in output or resolver.condition(output["Condition"])
    }
    return Stack(variant, parameters, resources, outputs)


def _parameters(template: Template, given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, parameter in template["Parameters"].items():
        if name not in given and "Default" not in parameter:
            raise UnresolvedError(f"parameter {name} has no value")
        value = str(given.get(name, parameter.get("Default")))
        is_list = parameter["Type"] == "CommaDelimitedList" or parameter["Type"].startswith("List<")
        values[name] = value.split(",") if is_list else value
    return values


def _no_attribute(name: str, attribute: str) -> Any:
    raise UnresolvedError(f"{name}.{attribute} cannot be known yet")


_NAMES = (
    *("FunctionName", "QueueName", "TopicName", "LogGroupName", "Name", "ClusterName", "GroupName"),
    *("AlarmName", "RuleName"),
)


def _names_only(resolver: Resolver, resource: Mapping[str, Any]) -> dict[str, str]:
    """What a resource is called, which depends on parameters alone."""
    properties = resource.get("Properties", {})
    found = {}
    for name in _NAMES:
        if name in properties and resource["Type"] not in {
            "AWS::Lambda::EventInvokeConfig",
            "AWS::Lambda::Permission",
            "AWS::Lambda::Version",
            "AWS::Lambda::Alias",
        }:
            found[name] = resolver.value(properties[name])
    return found


_REFERENCES = {
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{place}:secret:{id}-AbCdEf",
    "AWS::SNS::Topic": "arn:aws:sns:{place}:{TopicName}",
    "AWS::SQS::Queue": "https://sqs.{region}.amazonaws.com/{account}/{QueueName}",
    "AWS::Lambda::Function": "{FunctionName}",
    "AWS::Logs::LogGroup": "{LogGroupName}",
    "AWS::S3::Bucket": "{bucket}",
}
"""What `!Ref` gives, in the form that AWS gives it; a resource's logical id where nothing is said."""

_ATTRIBUTES = {
    ("AWS::S3::Bucket", "Arn"): "arn:aws:s3:::{bucket}",
    ("AWS::Lambda::Function", "Arn"): "arn:aws:lambda:{place}:function:{FunctionName}",
    ("AWS::SQS::Queue", "Arn"): "arn:aws:sqs:{place}:{QueueName}",
    ("AWS::SQS::Queue", "QueueName"): "{QueueName}",
    ("AWS::Logs::LogGroup", "Arn"): "arn:aws:logs:{place}:log-group:{LogGroupName}:*",
    ("AWS::IAM::Role", "Arn"): "arn:aws:iam::{account}:role/{id}",
    ("AWS::KMS::Key", "Arn"): "arn:aws:kms:{place}:key/{id}",
    ("AWS::Events::Rule", "Arn"): "arn:aws:events:{place}:rule/{Name}",
}
"""What `!GetAtt` gives; the logical id and the attribute where nothing is said."""


def _reference(logical_id: str, kind: str, names: Mapping[str, str]) -> str:
    return _filled(_REFERENCES.get(kind, "{id}"), logical_id, names)


def _attribute(
    logical_id: str, attribute: str, there: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]
) -> str:
    if logical_id not in there:
        raise UnresolvedError(f"nothing is called {logical_id}")
    form = _ATTRIBUTES.get((there[logical_id]["Type"], attribute), f"{{id}}.{attribute}")
    return _filled(form, logical_id, names[logical_id])


def _filled(form: str, logical_id: str, names: Mapping[str, str]) -> str:
    common = {"id": logical_id, "account": ACCOUNT, "region": REGION, "place": f"{REGION}:{ACCOUNT}"}
    return form.format(**common, bucket=f"{STACK}-{logical_id}".lower(), **names)
