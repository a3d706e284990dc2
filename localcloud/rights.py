"""Whether the policies of a stack allow what its functions and tasks did: LocalStack enforces no IAM."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.iam.evaluation import Request
from localcloud.iam.policies import Policies
from localcloud.iam.requests import requests_of
from localcloud.iam.world import Call, World
from localcloud.requests_journal import Asked, read_identities, read_requests, read_taken_roles


@dataclass
class Rights:
    """Remembers who is who, and judges what they did. journal: of all requests, see requests_journal.py."""

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

    def requests(self, world: World) -> dict[str, set[Request]]:
        """What was asked of IAM, by role. Raise PolicyError if a call is not known there."""
        asked: dict[str, set[Request]] = {}
        tags: dict[str, dict[str, str]] = {}
        for role, call in self._calls():
            tags |= _made(call)
            moment = replace(world, now=datetime.fromtimestamp(call.time, UTC), tags=tags)
            wanted = requests_of(Call(call.service, call.operation, call.given), moment)
            asked.setdefault(role, set()).update(wanted)
        return asked

    def missing(self, policies: Policies, world: World) -> list[str]:
        """Say what was asked for and is not allowed, and why not.

        A role that went with its stack can be judged no more: ask before a stack is deleted.
        """
        return [
            f"{role} may not {request.action} {request.resource} {dict(request.context)}: {why}"
            for role, requests in sorted(self.requests(world).items())
            if role in policies.roles
            for request, why in policies.refusals(policies.caller(role), sorted(requests, key=repr))
        ]

    def _calls(self) -> Iterator[tuple[str, Asked]]:
        """The calls of whoever has a role."""
        names = {**self.identities, **read_identities(self.journal)}
        for by, key, role in read_taken_roles(self.journal):
            if by in names:  # LocalStack takes roles too, to act for them inside
                names[key] = role
        for call in read_requests(self.journal):
            if call.key in names:
                yield names[call.key], call


def _made(call: Asked) -> dict[str, dict[str, str]]:
    """The tags that a call gave, by the name of what it made."""
    name = call.given.get("DBInstanceIdentifier") or call.given.get("Name")
    tags = call.given.get("Tags") if call.service in ("rds", "secretsmanager") else None
    return {name: {tag["Key"]: tag["Value"] for tag in tags}} if name and tags else {}
