"""The decision about a request: everything is denied, until it is allowed, unless it is denied explicitly."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from localcloud.iam.documents import Statement
from localcloud.iam.errors import PolicyError
from localcloud.iam.keys import is_sent_with, kind_of
from localcloud.iam.matching import Context
from localcloud.iam.principals import Caller

_NEEDS_ITS_OWN = ("kms", "sts")
"""Services whose things let nobody in but by their own policy, not even somebody of their account."""


@dataclass(frozen=True)
class Request:
    """One act. resource: an ARN, or '*' for an action that knows none; context: values by condition key."""

    action: str
    resource: str
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.action, self.resource, *sorted(self.context.items())))


@dataclass(frozen=True)
class Decision:
    """Whether a request is allowed, and why."""

    allowed: bool
    why: str


def decide(
    request: Request,
    caller: Caller,
    owner: str,
    own: Iterable[Statement],
    of_resource: Iterable[Statement],
) -> Decision:
    """Judge a request. owner: the resource's account; own: the caller's policies; of_resource: the thing's.

    Raise PolicyError if the request has a condition key that is not known, or not sent with its action.
    """
    context = _context(request, caller)
    about = [one for one in own if one.is_about(request.action, request.resource, context)]
    at_resource = _including(of_resource, request, caller, context)
    return _denied(*about, *at_resource) or _allowed(request, caller, owner, about, at_resource)


def decide_passage(request: Request, caller: Caller, of_endpoint: Iterable[Statement]) -> Decision:
    """Say whether a VPC endpoint's policy lets a request through; it gives nobody a right."""
    found = _including(of_endpoint, request, caller, _context(request, caller))
    return _denied(*found) or _because(next(iter(found), None), "no policy of the endpoint lets it through")


def _including(
    statements: Iterable[Statement], request: Request, caller: Caller, context: Context
) -> list[Statement]:
    """Those of a thing's statements that are about a request of this caller."""
    return [
        one
        for one in statements
        if one.principals is not None
        and one.principals.include(caller)
        and one.is_about(request.action, request.resource, context)
    ]


def _denied(*statements: Statement) -> Decision | None:
    return next((Decision(False, f"{one.where} denies it") for one in statements if not one.allows), None)


def _allowed(
    request: Request, caller: Caller, owner: str, about: list[Statement], at_resource: list[Statement]
) -> Decision:
    """Of what is left, all of which allows."""
    by_name = next((one for one in at_resource if one.principals and one.principals.name(caller)), None)
    if caller.account == "":
        return _because(by_name, "no policy of the resource lets it in")
    if caller.account != owner:
        if not at_resource:
            return Decision(False, "no policy of the resource lets the other account in")
        return _because(next(iter(about), None), "no policy of the caller allows it")
    if by_name is not None:
        return _because(by_name, "")
    if request.action.partition(":")[0] in _NEEDS_ITS_OWN and not at_resource:
        return Decision(False, "the resource's own policy does not leave it to IAM")
    return _because(next(iter(about), None), "no policy allows it")


def _because(statement: Statement | None, otherwise: str) -> Decision:
    return Decision(True, f"{statement.where} allows it") if statement else Decision(False, otherwise)


def _context(request: Request, caller: Caller) -> Context:
    """The request's context by lower-case keys, with what AWS says of the caller."""
    for key in request.context:
        kind_of(key)
        if not is_sent_with(key, request.action):
            raise PolicyError(f"{key} is never sent with {request.action}")
    told = {"aws:PrincipalIsAWSService": "true" if caller.service else "false", **request.context}
    if caller.arn:
        told |= {"aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": caller.account}
    if caller.service:
        told["aws:PrincipalServiceName"] = caller.service
    told.setdefault("aws:SecureTransport", "true")
    return {key.lower(): value for key, value in told.items()}
