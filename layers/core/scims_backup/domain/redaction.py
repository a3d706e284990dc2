"""Hiding secrets in text: a strong one wherever it stands, a weak one only where secrets stand.

A weak one is what could as well be a name, a word or a number: hidden blindly, it would turn every
`scims-db` into `***-db`, and tell by that what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

HIDDEN = "***"

_SHORT = 6
"""Anything with fewer characters is found by chance in other text."""
_LONGEST_NUMBER = 11
"""Sizes, ports, counts, dates and parts of stamps have no more digits."""
_COMMON = frozenset(
    """
    admin1 admin123 administrator application archive archives backup backups catalog changeme
    connection database databases default developer development docker failed inventory localhost manifest
    master operator passed password password1 passwords postgres postgres1 postgresql production public
    qwerty restic restore restored schema scims-db scims_db scimsdb secret server snapshot snapshots source
    staging standby storage superuser tables target template0 template1 timescaledb username verdict welcome
    """.split()  # noqa: SIM905  a list of that many words is longer than it is clear
)
"""What others choose, and what our own messages are made of."""
_STANDS = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|PGPASSWORD|(?:access|account|secret)_?key)"
    r"(?:_?(?:file|access_key))?"
)
_OPENS, _CLOSES = r"[\"'(\[{]*", r"[\"')\]]*"
_MEANS = r"\s*(?:[:=,>]|\bis\b|\bwas\b|\bof\b|\bto\b)*\s*"
_BEFORE = rf"(?P<before>{_STANDS}{_CLOSES}{_MEANS}{_OPENS}\s*E?{_OPENS})"
_USERINFO = re.compile(r"(?<=://)([^\s/@:]*):[^\s/]*@")


def is_weak(secret: str, names: Iterable[str] = ()) -> bool:
    """Say whether a secret could be taken for other text. names: what things are called in this run."""
    folded = secret.casefold()
    if len(secret) < _SHORT or folded in _COMMON:
        return True
    if secret.isdigit():
        return len(secret) <= _LONGEST_NUMBER
    return any(folded in name.casefold() for name in names)


def names_in(text: str) -> str:
    """What may be a name in an address: all but the passwords in it."""
    without = _USERINFO.sub(r"\1@", text)
    return re.sub(r"((?:password|secret|key)\w*=)[^&\s]*", r"\1", without, flags=re.IGNORECASE)


def hide(text: str, secrets: Iterable[str], names: Iterable[str] = ()) -> str:
    """Return the text with HIDDEN in place of each secret, and of any password inside a URL."""
    known = tuple(names)
    for secret in sorted(set(secrets), key=len, reverse=True):
        weak = is_weak(secret, known)
        for form in forms(secret):
            text = _in_its_places(form).sub(_hidden, text) if weak else text.replace(form, HIDDEN)
    return _USERINFO.sub(rf"\1:{HIDDEN}@", text)


@lru_cache(maxsize=256)
def forms(secret: str) -> tuple[str, ...]:
    """How a secret may be written: as it is, in Python, in URLs, in JSON; the longest first."""
    found = {
        secret,
        repr(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


@lru_cache(maxsize=256)
def _in_its_places(form: str) -> re.Pattern[str]:
    """Where secrets stand, with this one as a whole word there."""
    word = rf"(?<![\w-]){re.escape(form)}(?![\w-])"
    return re.compile(rf"{_BEFORE}{word}", re.IGNORECASE)


def _hidden(match: re.Match[str]) -> str:
    return f"{match['before']}{HIDDEN}"


_SECRET_KEY = re.compile(r"pass(word|wd|phrase)|secret|token|pwd|credential", re.IGNORECASE)


def hide_in_value(value: object, secrets: Iterable[str], names: Iterable[str] = (), key: str = "") -> object:
    """Hide secrets in the texts of a JSON value; its keys, numbers and shape stay as they are."""
    secrets, names = tuple(secrets), tuple(names)
    if isinstance(value, str):
        return HIDDEN if value in secrets and _SECRET_KEY.search(key) else hide(value, secrets, names)
    if isinstance(value, dict):
        return {name: hide_in_value(one, secrets, names, name) for name, one in value.items()}
    if isinstance(value, list):
        return [hide_in_value(one, secrets, names, key) for one in value]
    return value
