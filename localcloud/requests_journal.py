"""The journal of requests: who asked for what, with all that IAM is told of it, and nothing secret."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEY = re.compile(r"Credential=([^/]+)/")
_TOLD = {
    *("Bucket", "Key", "VersionId", "CopySource", "Prefix", "Delimiter", "MaxKeys", "IfNoneMatch", "IfMatch"),
    *("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus", "Retention", "Delete"),
    *("BypassGovernanceRetention", "ServerSideEncryption", "SSEKMSKeyId", "Tagging", "SecretId", "TopicArn"),
    *("FunctionName", "logGroupName", "logStreamName", "cluster", "taskDefinition", "task", "tasks", "tags"),
    *("propagateTags", "enableECSManagedTags", "RoleArn", "RoleSessionName", "ExternalId"),
    *("ReplicationGroupId", "CacheClusterId", "SnapshotName", "SourceSnapshotName", "TargetSnapshotName"),
    *("Name", "Tags", "DBInstanceIdentifier", "DBSubnetGroupName", "DBParameterGroupName"),
    *("TargetBucket", "ServerlessCacheName", "ServerlessCacheSnapshotName", "S3BucketName"),
}
"""Parameters that say what a request is about, or that conditions ask for."""
_OF_ENTRIES = ("Source", "DetailType", "EventBusName")


@dataclass(frozen=True)
class Asked:
    """One request. key: who signed it; given: its parameters, as far as IAM is told of them."""

    key: str
    service: str
    operation: str
    given: Mapping[str, Any]
    time: float


def note_request(
    journal: Path, authorization: str, service: str, operation: str, given: Mapping[str, Any]
) -> None:
    """Add a request; one that nobody signed is not of interest here."""
    key = _KEY.search(authorization)
    if key is None:
        return
    told = {name: value for name, value in given.items() if name in _TOLD and value is not None}
    if service == "events" and "Entries" in given:
        told["Entries"] = [
            {name: one[name] for name in _OF_ENTRIES if name in one} for one in given["Entries"]
        ]
    line = {"key": key[1], "service": service, "operation": operation, "given": told, "time": time.time()}
    with journal.open("a") as file:
        file.write(json.dumps(line, default=str) + "\n")


def note_identity(journal: Path, key: str, role: str) -> None:
    """Say whose an access key is."""
    with journal.open("a") as file:
        file.write(json.dumps({"key": key, "role": role}) + "\n")


def note_taken_role(journal: Path, authorization: str, key: str, role: str) -> None:
    """Say that somebody took a role, and by which access key it acts since. authorization: of who asked."""
    by = _KEY.search(authorization)
    if by is not None:
        with journal.open("a") as file:
            file.write(json.dumps({"by": by[1], "taken": key, "as": role}) + "\n")


def read_taken_roles(journal: Path) -> Iterator[tuple[str, str, str]]:
    """Yield who took which role, oldest first: the key that asked, the key that it got, the role."""
    return ((entry["by"], entry["taken"], entry["as"]) for entry in _entries(journal) if "taken" in entry)


def read_identities(journal: Path) -> dict[str, str]:
    """The roles by access key."""
    return {entry["key"]: entry["role"] for entry in _entries(journal) if "role" in entry}


def read_requests(journal: Path) -> Iterator[Asked]:
    """Yield the requests, oldest first."""
    for entry in _entries(journal):
        if "operation" in entry:
            yield Asked(**entry)


def _entries(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
