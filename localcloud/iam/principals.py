"""Who asks, and whom a resource's policy names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.iam.errors import PolicyError

_ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::(\d{12}):root")
_ROLE_OR_USER = re.compile(r"arn:aws[a-z-]*:(iam::\d{12}:(role|user)/|sts::\d{12}:assumed-role/)[^*?]+")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")


@dataclass(frozen=True)
class Caller:
    """Who asks. account: its own; arns: all that name the caller itself; service: its name, if it is one."""

    account: str = ""
    arns: tuple[str, ...] = ()
    service: str = ""

    @property
    def arn(self) -> str:
        """What aws:PrincipalArn says of it."""
        return self.arns[0] if self.arns else ""


ANYBODY = Caller()
"""Who did not sign the request."""


def role(account: str, name: str, session: str = "session", path: str = "/") -> Caller:
    """Somebody with a role."""
    arn, bare = f"arn:aws:iam::{account}:role{path}{name}", f"{name}/{session}"
    return Caller(account, (arn, f"arn:aws:sts::{account}:assumed-role/{bare}"))


def user(account: str, name: str) -> Caller:
    """A user of an account."""
    return Caller(account, (f"arn:aws:iam::{account}:user/{name}",))


def service(name: str) -> Caller:
    """A service of AWS by itself, with no role."""
    return Caller(service=name)


@dataclass(frozen=True)
class Principals:
    """The principals of a statement. everybody: it is '*'."""

    everybody: bool
    accounts: frozenset[str]
    arns: frozenset[str]
    services: frozenset[str]
    negated: bool = False

    def include(self, caller: Caller) -> bool:
        """Say whether a statement is about a caller: by name, by its account, or as anybody."""
        if self.negated:
            return not self._leave_out(caller)
        return self.name(caller) or caller.account in self.accounts

    def name(self, caller: Caller) -> bool:
        """Say whether a statement names the caller itself, so that it needs no other right in its account."""
        if self.negated:
            return False
        return self.everybody or caller.service in self.services or not self.arns.isdisjoint(caller.arns)

    def _leave_out(self, caller: Caller) -> bool:
        """NotPrincipal spares a role's session only if account, role and session are all listed."""
        if self.everybody or (caller.service and caller.service in self.services):
            return True
        return caller.account in self.accounts and set(caller.arns) <= self.arns


def read_principals(value: Any, where: str, *, negated: bool) -> Principals:
    """Read a Principal or NotPrincipal. Raise PolicyError if it makes no sense."""
    if value == "*":
        return Principals(True, frozenset(), frozenset(), frozenset(), negated)
    if not isinstance(value, Mapping) or not value or set(value) - {"AWS", "Service"}:
        raise PolicyError(f"{where}: {value!r} is no principal that is known here")
    aws, services = (_listed(value.get(kind, [])) for kind in ("AWS", "Service"))
    accounts = {found[1] or one for one in aws if (found := _ACCOUNT.fullmatch(one))}
    arns = {one for one in aws if _ROLE_OR_USER.fullmatch(one) and not _ACCOUNT.fullmatch(one)}
    wrong = [one for one in aws if one != "*" and not _ACCOUNT.fullmatch(one) and one not in arns]
    wrong += [one for one in services if not _SERVICE.fullmatch(one)]
    if wrong:
        raise PolicyError(f"{where}: {wrong} are no principals; a wildcard stands alone")
    everybody = "*" in aws
    return Principals(everybody, frozenset(accounts), frozenset(arns), frozenset(services), negated)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
