"""The policies that stand in a template."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Resource(Protocol):
    """A resource of a template with its properties resolved."""

    @property
    def type(self) -> str:
        """Its type, e.g. AWS::IAM::Role."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """Its properties."""


@dataclass(frozen=True)
class Place:
    """Where a stack is."""

    account: str
    region: str


@dataclass(frozen=True)
class Found:
    """A thing's policy. arn: of the thing; where: what the policy is called in a reason."""

    arn: str
    where: str
    document: Mapping[str, Any]


def documents_of(role: Resource) -> list[tuple[str, Mapping[str, Any]]]:
    """The policies of a role, each with its name."""
    return [(one["PolicyName"], one["PolicyDocument"]) for one in role.properties.get("Policies", [])]


def things_of(name: str, resource: Resource, place: Place) -> Iterator[Found]:
    """Yield the policies of things that a resource brings, of which most bring none."""
    if resource.type in _THINGS:
        arns, document = _THINGS[resource.type](name, resource.properties, place)
        for arn in arns:
            yield Found(arn, name, document)


_Things = tuple[list[str], Mapping[str, Any]]


def _role(name: str, properties: Mapping[str, Any], place: Place) -> _Things:
    return [f"arn:aws:iam::{place.account}:role/{name}"], properties["AssumeRolePolicyDocument"]


def _bucket(_name: str, properties: Mapping[str, Any], _place: Place) -> _Things:
    return [f"arn:aws:s3:::{properties['Bucket']}"], properties["PolicyDocument"]


def _key(name: str, properties: Mapping[str, Any], place: Place) -> _Things:
    return [f"arn:aws:kms:{place.region}:{place.account}:key/{name}"], properties["KeyPolicy"]


def _topic(_name: str, properties: Mapping[str, Any], _place: Place) -> _Things:
    return properties["Topics"], properties["PolicyDocument"]


def _queue(_name: str, properties: Mapping[str, Any], place: Place) -> _Things:
    names = [url.rpartition("/")[2] for url in properties["Queues"]]
    return [f"arn:aws:sqs:{place.region}:{place.account}:{one}" for one in names], properties[
        "PolicyDocument"
    ]


def _secret(_name: str, properties: Mapping[str, Any], _place: Place) -> _Things:
    return [properties["SecretId"]], properties["ResourcePolicy"]


def _function(_name: str, properties: Mapping[str, Any], place: Place) -> _Things:
    """A permission is a statement of the function's policy, written otherwise."""
    function = properties["FunctionName"].rpartition(":function:")[2]
    arn = f"arn:aws:lambda:{place.region}:{place.account}:function:{function}"
    conditions: dict[str, dict[str, str]] = {}
    if "SourceArn" in properties:
        conditions["ArnLike"] = {"aws:SourceArn": properties["SourceArn"]}
    if "SourceAccount" in properties:
        conditions["StringEquals"] = {"aws:SourceAccount": properties["SourceAccount"]}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": properties["Principal"]},
        "Action": properties["Action"],
        "Resource": arn,
        "Condition": conditions,
    }
    return [arn], {"Version": "2012-10-17", "Statement": [statement]}


_THINGS: Mapping[str, Callable[[str, Mapping[str, Any], Place], _Things]] = {
    "AWS::IAM::Role": _role,
    "AWS::S3::BucketPolicy": _bucket,
    "AWS::KMS::Key": _key,
    "AWS::SNS::TopicPolicy": _topic,
    "AWS::SQS::QueuePolicy": _queue,
    "AWS::SecretsManager::ResourcePolicy": _secret,
    "AWS::Lambda::Permission": _function,
}
