"""Whether the roles of a stack allow what its functions and tasks did: LocalStack enforces no IAM."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

_S3 = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
}
"""Actions whose name is not the operation's (S3, 'Actions, resources, and condition keys')."""
_OF_VERSIONS = ("GetObject", "DeleteObject")
"""Actions that have another name where a version is named."""


@dataclass(frozen=True, order=True)
class Request:
    """One kind of request, by IAM's names."""

    action: str
    resource: str


@dataclass
class Rights:
    """Remembers who is who, and judges what they did. journal: written by LocalStack; clients: of it."""

    journal: Path
    identities: dict[str, str] = field(default_factory=dict)

    def assume(self, sts: Any, role: str) -> dict[str, str]:
        """Return credentials of a role as environment variables, and remember whose they are."""
        name = role.rpartition("/")[2]
        found = sts.assume_role(RoleArn=role, RoleSessionName="localcloud")["Credentials"]
        self.identities[found["AccessKeyId"]] = name
        return {
            "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
            "AWS_SESSION_TOKEN": found["SessionToken"],
        }

    def requests(self) -> dict[str, set[Request]]:
        """What was asked for, by role; of keys in S3 every one, of other things their names."""
        asked: dict[str, set[Request]] = {}
        entries = [json.loads(line) for line in self.journal.read_text().splitlines()]
        names = {**self.identities, **{one["key"]: one["role"] for one in entries if "role" in one}}
        for entry in entries:
            if "operation" in entry and entry["key"] in names:
                asked.setdefault(names[entry["key"]], set()).add(_request(entry))
        return asked

    def missing(self, iam: Any) -> list[str]:
        """Say what was asked for and no policy of the asker's role allows."""
        found = []
        for role, requests in sorted(self.requests().items()):
            statements = list(_statements(iam, role))
            found += [
                f"{role} may not {one.action} {one.resource}"
                for one in sorted(requests)
                if not _allowed(one, statements)
            ]
        return found


def _request(entry: Mapping[str, Any]) -> Request:
    service, operation, about = entry["service"], entry["operation"], entry["about"]
    if service == "s3":
        path = "/".join(filter(None, (about.get("Bucket"), about.get("Key"))))
        action = _S3.get(operation, operation)
        version = "Version" if "VersionId" in about and action in _OF_VERSIONS else ""
        return Request(f"s3:{action}{version}", f"arn:aws:s3:::{path}")
    resource = about.get("SecretId") or about.get("TopicArn") or about.get("FunctionName") or "*"
    return Request(f"{service}:{operation}", resource)


def _statements(iam: Any, role: str) -> Iterator[Mapping[str, Any]]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        yield from policy["Statement"]


def _allowed(request: Request, statements: Iterable[Mapping[str, Any]]) -> bool:
    """Say whether a statement allows it. Conditions are taken to be met, so they should be few."""
    return any(
        statement["Effect"] == "Allow"
        and _matches(request.action, statement.get("Action", []))
        and (request.resource == "*" or _matches(request.resource, statement.get("Resource", [])))
        for statement in statements
    )


def _matches(text: str, patterns: str | list[str]) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(text, pattern) for pattern in listed)
