"""One stack of the template, its policies, its things by name, and who does something to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from localcloud.iam.evaluation import Decision, Request
from localcloud.iam.policies import Policies
from localcloud.iam.principals import ANYBODY, Caller, role, service
from localcloud.iam.requests import requests_of
from localcloud.iam.world import Call, World
from tests.template.support.loading import REGION
from tests.template.support.operators import OPERATOR, operators_policy
from tests.template.support.stacks import ACCOUNT, KEY, NEEDED, Stack

STRANGER = "999988887777"
"""The account of somebody else."""
OWN_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/whoever-made-the-secret"
"""The key of the operator's own secrets."""
SOURCE = "scims-db"
ADMINISTRATOR = "Administrator"
"""Somebody of this account who may do everything that no other policy denies."""
_STAMP = "20261122T020000Z"
_CATALOG = {
    "manifest": f"manifests/{SOURCE}/{_STAMP}.json",
    "proof": f"proofs/{SOURCE}/{_STAMP}.json.zst",
    "claim": f"runs/{SOURCE}/{_STAMP}/claim.json",
    "request of a task": f"runs/{SOURCE}/{_STAMP}/task-asked.json",
    "dump left": f"runs/{SOURCE}/{_STAMP}/task-left.json",
    "tombstone": f"tombstones/{SOURCE}/{_STAMP}.json",
    "hold": f"holds/{SOURCE}/{_STAMP}/by-hand-until-x.json",
    "drill's hold": f"holds/{SOURCE}/{_STAMP}/drill-x-until-y.json",
    "restore's hold": f"holds/{SOURCE}/{_STAMP}/restore-x-until-y.json",
    "copy's hold": f"holds/{SOURCE}/{_STAMP}/copy-x-until-y.json",
    "request of a restore": f"restores/{SOURCE}/{_STAMP}/0123456789abcdef/asked-1.json",
    "record of a copy": f"copies/{SOURCE}/{_STAMP}/0123456789abcdef.json",
    "prune's claim": f"runs/{SOURCE}/prune.json",
    "drill request": f"drills/{SOURCE}/{_STAMP}/d/request.json",
    "report": f"drills/{SOURCE}/{_STAMP}/d/report.json",
    "verdict": f"drills/{SOURCE}/{_STAMP}/d/verdict.passed.json",
    "vault's marker": f"vaults/{SOURCE}.json",
    "event": "events/2026/11/22/x.json",
    "sign-off": f"drills/{SOURCE}/{_STAMP}/signed-off.json",
    "status page": f"page/sources/{SOURCE}.html",
    "sent mail": "alerted/2026/11/22/x/sent.json",
    "condition": f"conditions/{SOURCE}/no-new-backup/0001/ended.json",
    "condition's lease": f"conditions/{SOURCE}/no-new-backup/lease.json",
    "another's manifest": f"manifests/other/{_STAMP}.json",
}
_RESTIC = {
    "archive": f"{SOURCE}/data/00/00ff",
    "pack": f"{SOURCE}/data/00/00ff",
    "snapshot": f"{SOURCE}/snapshots/00ff",
    "repository's key": f"{SOURCE}/keys/00ff",
    "repository's config": f"{SOURCE}/config",
    "lock": f"{SOURCE}/locks/00ff",
    "another's archive": "other/data/00/00ff",
}
_PLAIN = {
    "archive": f"archives/{SOURCE}/{_STAMP}-x.dump.zst",
    "plain archive": f"archives/{SOURCE}/{_STAMP}-x.dump.zst",
    "plain vault's mark": "vault.json",
    "another's archive": f"archives/other/{_STAMP}-x.dump.zst",
}
_TO_IAM = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    },
}
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


@dataclass(frozen=True)
class Here:
    """One stack, its policies and the world around it; beside its roles an administrator and who recovers."""

    stack: Stack

    @cached_property
    def policies(self) -> Policies:
        """All policies there are; the operator's keys leave rights to IAM, as their parameter asks for."""
        found = Policies.of_template(self.stack.resources, ACCOUNT, REGION)
        found.add_role(ADMINISTRATOR, [("all", ALL)])
        if self.stack.parameters["RecoveryRoleArn"]:
            names = (self.bucket(one) for one in ("catalog", "vault"))
            found.add_role(OPERATOR, [("recovery", operators_policy(*names))])
        for key in (KEY, OWN_KEY):
            found.add_thing(key, _TO_IAM, "the operator's key")
        return found

    @cached_property
    def roles(self) -> list[str]:
        """The roles of the stack, by their logical ids."""
        return [role.id for role in self.stack.of("AWS::IAM::Role")]

    @cached_property
    def world(self) -> World:
        """What calls do not say."""
        key = self.stack.parameters["EncryptionKeyArn"]
        theirs = [self.stack.parameters[name] for name in ("VaultPasswordArn", "VaultEscrowArn")]
        secrets = [self.secret(name) for name in ("source", "restore", "copies")]
        own = dict.fromkeys([*secrets, *filter(None, theirs)], OWN_KEY)
        ours = [self.bucket("catalog"), self.bucket("vault"), self.secret("password"), self.secret("escrow")]
        keys = (dict.fromkeys(ours, key) if key else {}) | own
        topic = self.stack.outputs["TopicArn"]
        passed = {
            one.properties["Family"]: (one.properties["TaskRoleArn"], one.properties["ExecutionRoleArn"])
            for one in self.stack.of("AWS::ECS::TaskDefinition")
        }
        alert_key = f"{KEY.rpartition('/')[0]}/{self.stack.properties('AlertTopic')['KmsMasterKeyId']}"
        return World(ACCOUNT, REGION, {**keys, topic: alert_key}, passed)

    def bucket(self, place: str) -> str:
        """The bucket of the catalog or of the vault."""
        return str(self.stack.outputs["CatalogBucket" if place == "catalog" else "VaultBucket"])

    def makes(self, place: str) -> bool:
        """Say whether the stack makes that bucket, and so its policy."""
        return not self.stack.parameters[f"{place.capitalize()}BucketName"]

    def secret(self, name: str) -> str:
        """A secret's ARN, or that of none where the stack has no such secret."""
        named = {
            "source": NEEDED["SourceSecretArn"],
            "restore": self.stack.parameters["RestoreSecretArn"],
            "copies": self.stack.parameters["CopyVaultSecretArn"],
            "password": self.stack.outputs.get("VaultPasswordArn"),
            "escrow": self.stack.outputs.get("VaultEscrowArn"),
        }
        return str(named.get(name) or f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf")

    def thing(self, name: str) -> dict[str, str] | None:
        """Bucket and key of a thing; None if a vault of this kind has none."""
        vault = _RESTIC if self.stack.parameters["VaultKind"] == "restic" else _PLAIN
        if name in _CATALOG:
            return {"Bucket": self.bucket("catalog"), "Key": _CATALOG[name]}
        assert name in {*_RESTIC, *_PLAIN}, f"there is no {name}"
        return {"Bucket": self.bucket("vault"), "Key": vault[name]} if name in vault else None

    def requests(self, service_: str, operation: str, **given: Any) -> list[Request]:
        """What AWS judges about a call."""
        return requests_of(Call(service_, operation, given), self.world)

    def caller(self, who: str) -> Caller | None:
        """Who that is: a role (None if there is none), a service, a 'stranger' or 'anybody'."""
        if who.endswith(".amazonaws.com"):
            return service(who)
        named = {"stranger": role(STRANGER, "Stranger"), "anybody": ANYBODY}
        if who in named:
            return named[who]
        return self.policies.caller(who) if who in self.policies.roles else None

    def judge(self, who: str, request: Request) -> Decision:
        """Decide about a request. Raise PolicyError if there is no such role."""
        return self.policies.decide(request, self.caller(who) or self.policies.caller(who))

    def refused(self, who: str, act: Act) -> bool | None:
        """Say whether somebody is refused an act; None without such a role, or with nothing to do it to."""
        caller, requests = self.caller(who), act(self)
        if caller is None or not requests:
            return None
        return any(True for _ in self.policies.refusals(caller, requests))


Act = Callable[[Here], list[Request]]
"""What is done to a stack's things, as the requests that AWS judges; none where it has no such thing."""
