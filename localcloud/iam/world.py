"""A call of the API, and what it does not say of the world that it is made in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.iam.evaluation import Request

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Call:
    """One call. given: its parameters, as boto3 names them."""

    service: str
    operation: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """What a call does not say.

    keys: the KMS key of a bucket (by name), a topic or a secret (by ARN).
    passed: the roles of a task definition, by its family.
    now: the moment of the call, from which a lock's days count.
    tags: of what was made, by its name.
    """

    account: str
    region: str
    keys: Mapping[str, str] = field(default_factory=dict)
    passed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    now: datetime = _EPOCH
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def tags_of(self, name: str) -> dict[str, str | tuple[str, ...]]:
        """What IAM is told of the tags of what is there."""
        return {f"aws:ResourceTag/{key}": value for key, value in self.tags.get(name, {}).items()}

    @staticmethod
    def asked_tags(given: Mapping[str, Any]) -> dict[str, str | tuple[str, ...]]:
        """What IAM is told of the tags that a call gives to what it makes."""
        return {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in given.get("Tags", [])}

    def key_use(self, action: str, key: str, service: str, told: Mapping[str, str]) -> Request:
        """What KMS asks IAM when a service uses a key for who called it. told: the encryption context."""
        context: dict[str, str | tuple[str, ...]] = {
            "kms:ViaService": f"{service}.{self.region}.amazonaws.com",
            "kms:CallerAccount": self.account,
            "kms:EncryptionContextKeys": tuple(told),
        }
        context |= {f"kms:EncryptionContext:{name}": value for name, value in told.items()}
        return Request(f"kms:{action}", key, context)
