"""What each condition operator compares, one value of the request with one of the policy."""

import base64
import ipaddress
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.iam.errors import PolicyError
from localcloud.iam.matching import arn_matches, plain, wild

Comparison = Callable[[str, str], bool]
"""Of a value of the policy with one of the request."""


@dataclass(frozen=True)
class Operator:
    """One operator. kinds: of the keys that it is for; negated: it holds where no value compares."""

    name: str
    compare: Comparison
    kinds: tuple[str, ...]
    negated: bool = False


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise PolicyError(f"{text!r} is no number")
    return found


def _moment(text: str) -> datetime:
    """A date of ISO 8601, or seconds since 1970."""
    try:
        if text.lstrip("-").replace(".", "", 1).isdigit() and len(text) > len("2026"):
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PolicyError(f"{text!r} is no date of ISO 8601") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise PolicyError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _in_network(wanted: str, found: str) -> bool:
    try:
        network, address = ipaddress.ip_network(wanted, strict=False), ipaddress.ip_address(found)
    except ValueError as error:
        raise PolicyError(str(error)) from None
    return address.version == network.version and address in network


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise PolicyError(f"{text!r} is not base64") from None


_TEXTS, _NUMBERS, _DATES = ("text", "arn"), ("number",), ("date", "number")


def _pair(name: str, opposite: str, compare: Comparison, kinds: tuple[str, ...]) -> tuple[Operator, ...]:
    return Operator(name, compare, kinds), Operator(opposite, compare, kinds, negated=True)


_ALL = (
    *_pair("StringEquals", "StringNotEquals", lambda want, is_: plain(want) == is_, _TEXTS),
    *_pair(
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        lambda want, is_: plain(want).lower() == is_.lower(),
        _TEXTS,
    ),
    *_pair("StringLike", "StringNotLike", wild, _TEXTS),
    *_pair("ArnEquals", "ArnNotEquals", arn_matches, ("arn",)),
    *_pair("ArnLike", "ArnNotLike", arn_matches, ("arn",)),
    *_pair("NumericEquals", "NumericNotEquals", lambda want, is_: _number(is_) == _number(want), _NUMBERS),
    Operator("NumericLessThan", lambda want, is_: _number(is_) < _number(want), _NUMBERS),
    Operator("NumericLessThanEquals", lambda want, is_: _number(is_) <= _number(want), _NUMBERS),
    Operator("NumericGreaterThan", lambda want, is_: _number(is_) > _number(want), _NUMBERS),
    Operator("NumericGreaterThanEquals", lambda want, is_: _number(is_) >= _number(want), _NUMBERS),
    *_pair("DateEquals", "DateNotEquals", lambda want, is_: _moment(is_) == _moment(want), _DATES),
    Operator("DateLessThan", lambda want, is_: _moment(is_) < _moment(want), _DATES),
    Operator("DateLessThanEquals", lambda want, is_: _moment(is_) <= _moment(want), _DATES),
    Operator("DateGreaterThan", lambda want, is_: _moment(is_) > _moment(want), _DATES),
    Operator("DateGreaterThanEquals", lambda want, is_: _moment(is_) >= _moment(want), _DATES),
    Operator("Bool", lambda want, is_: _truth(is_) == _truth(want), ("bool",)),
    *_pair("IpAddress", "NotIpAddress", _in_network, ("ip",)),
    Operator("BinaryEquals", lambda want, is_: _binary(is_) == _binary(want), ("text",)),
)
OPERATORS: Mapping[str, Operator] = {operator.name: operator for operator in _ALL}
"""By name; Null is none of these: it compares nothing."""
