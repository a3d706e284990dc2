"""Wildcards, ARNs and policy variables."""

import re
from collections.abc import Mapping
from functools import lru_cache

from localcloud.iam.errors import PolicyError

Context = Mapping[str, str | tuple[str, ...]]
"""Values by the lower-case name of their condition key."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"([^,]+?)\s*,\s*'(.*)'")
_LITERAL = {"*": "\ue000", "?": "\ue001", "$": "$"}
"""What stands for a wildcard that is none: it came out of a variable."""
_ARN_PARTS = 6


def filled(pattern: str, context: Context) -> str | None:
    """Put values in the place of policy variables; None where one has no value and no default.

    Raise PolicyError if a variable is not to be had, such as a key with several values.
    """
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name = match[1].strip()
        if name in _LITERAL:
            return _LITERAL[name]
        found = _value(name, context)
        missing = missing or found is None
        return _as_literal(found or "")

    text = _VARIABLE.sub(value, pattern)
    return None if missing else text


def _value(name: str, context: Context) -> str | None:
    with_default = _DEFAULT.fullmatch(name)
    key, default = (with_default[1], with_default[2]) if with_default else (name, None)
    found = context.get(key.lower(), default)
    if isinstance(found, tuple):
        raise PolicyError(f"the key {key} has several values: it cannot be a policy variable")
    return found


def _as_literal(text: str) -> str:
    return text.replace("*", _LITERAL["*"]).replace("?", _LITERAL["?"])


def plain(text: str) -> str:
    """A filled text as it is compared without wildcards."""
    return text.replace(_LITERAL["*"], "*").replace(_LITERAL["?"], "?")


def wild(pattern: str, text: str) -> bool:
    """Say whether a text is like a pattern: * stands for any letters, ? for one."""
    return _expression(pattern).fullmatch(text) is not None


@lru_cache(maxsize=10_000)
def _expression(pattern: str) -> re.Pattern[str]:
    marks = {"*": ".*", "?": ".", _LITERAL["*"]: r"\*", _LITERAL["?"]: r"\?"}
    return re.compile("".join(marks.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)


def action_matches(pattern: str, action: str) -> bool:
    """Say whether an action is one of a pattern, whatever the case of their letters."""
    return wild(pattern.lower(), action.lower())


def arn_matches(pattern: str, arn: str) -> bool:
    """Say whether an ARN is one of a pattern: each of its six parts by itself, so no * reaches over a colon.

    Raise PolicyError if the pattern is no ARN.
    """
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if len(wanted) != _ARN_PARTS or wanted[0] != "arn":
        raise PolicyError(f"{pattern} is no ARN: arn:partition:service:region:account:resource")
    return len(found) == _ARN_PARTS and all(map(wild, wanted, found))
