"""All policies of one account: of its roles, and of the things that have one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.iam.documents import IDENTITY, RESOURCE, TRUST, Statement, read_policy
from localcloud.iam.errors import PolicyError
from localcloud.iam.evaluation import Decision, Request, decide, decide_passage
from localcloud.iam.principals import Caller, role
from localcloud.iam.templates import Place, Resource, documents_of, things_of

_ARN_PARTS = 6
_NO_POLICY: tuple[Statement, ...] = ()


@dataclass
class Policies:
    """Who may do what in an account.

    roles: the statements of each role's own policies, by the role's name.
    things: those of a thing's policy, by its ARN.
    endpoints: those of VPC endpoints, by their names.
    """

    account: str
    roles: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    things: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    endpoints: dict[str, tuple[Statement, ...]] = field(default_factory=dict)

    @classmethod
    def of_template(cls, resources: Mapping[str, Resource], account: str, region: str) -> "Policies":
        """Read all policies of a stack, its values resolved; roles and endpoints go by their logical ids."""
        policies = cls(account)
        for name, resource in resources.items():
            if resource.type == "AWS::IAM::Role":
                policies.add_role(name, documents_of(resource))
            if resource.type == "AWS::EC2::VPCEndpoint" and "PolicyDocument" in resource.properties:
                policies.add_endpoint(name, resource.properties["PolicyDocument"])
            for found in things_of(name, resource, Place(account, region)):
                policies.add_thing(found.arn, found.document, found.where)
        return policies

    def add_role(self, name: str, documents: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Add a role with its policies, each with a name."""
        read = (read_policy(document, f"{name}.{title}", IDENTITY) for title, document in documents)
        self.roles[name] = tuple(statement for statements in read for statement in statements)

    def add_thing(self, arn: str, document: Mapping[str, Any], where: str) -> None:
        """Add a thing's own policy; a bucket's is for its objects too, a role's says who may take it."""
        kind = TRUST if ":role/" in arn else RESOURCE
        self.things[arn] = (*self.things.get(arn, ()), *read_policy(document, where, kind))

    def add_endpoint(self, name: str, document: Mapping[str, Any]) -> None:
        """Add the policy of a VPC endpoint, which lets through what it allows."""
        self.endpoints[name] = read_policy(document, name, RESOURCE)

    def decide(
        self, request: Request, caller: Caller, *, owner: str | None = None, via: str | None = None
    ) -> Decision:
        """Judge a request. owner: the resource's account where it is not this one; via: a VPC endpoint."""
        if via in self.endpoints:
            passed = decide_passage(request, caller, self.endpoints[via])
            if not passed.allowed:
                return Decision(False, f"{via}: {passed.why}")
        own, its = self._own(caller), self._of(request.resource)
        return decide(request, caller, owner or self._owner(request), own, its)

    def allows(self, request: Request, role: str) -> bool:
        """Say whether one of the roles may do something. Raise PolicyError if there is no such role."""
        return self.decide(request, self.caller(role)).allowed

    def caller(self, name: str) -> Caller:
        """Somebody with one of the roles. Raise PolicyError if there is no such role."""
        if name not in self.roles:
            raise PolicyError(f"there is no role {name}: there are {sorted(self.roles)}")
        return role(self.account, name)

    def refusals(self, caller: Caller, requests: Iterable[Request]) -> Iterator[tuple[Request, str]]:
        """Yield those of somebody's requests that are not allowed, each with the reason."""
        for request in requests:
            decision = self.decide(request, caller)
            if not decision.allowed:
                yield request, decision.why

    def _own(self, caller: Caller) -> tuple[Statement, ...]:
        if caller.account != self.account or ":role/" not in caller.arn:
            return _NO_POLICY
        return self.roles.get(caller.arn.rpartition("/")[2], _NO_POLICY)

    def _owner(self, request: Request) -> str:
        """The account in an ARN; buckets have none in theirs, and are this account's."""
        parts = request.resource.split(":", _ARN_PARTS - 1)
        return parts[4] if len(parts) == _ARN_PARTS and parts[4] else self.account

    def _of(self, resource: str) -> tuple[Statement, ...]:
        """The statements of a thing's policy."""
        bucket = resource.startswith("arn:aws:s3:::")
        return self.things.get(resource.partition("/")[0] if bucket else resource, _NO_POLICY)
