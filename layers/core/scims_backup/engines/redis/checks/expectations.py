"""The deployment's own expectations: commands with one answer each, e.g. `LLEN jobs` or `-n 1 DBSIZE`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redis import Redis, ResponseError

from scims_backup.domain.expectations import Expectation, text_of
from scims_backup.domain.verdict import Finding
from scims_backup.engines.redis.checks.asked import Asked
from scims_backup.engines.redis.connect.redis_errors import reason

_KIND = "expectation-not-met"
_DATABASE = re.compile(r"\s*-n\s+(?P<number>\d{1,5})\s+(?P<command>.*)", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d{1,20}(?:\.\d{1,20})?")
_HARMLESS = frozenset({"ping", "echo", "time", "info", "lolwut"})
"""Commands that change nothing though the server does not call them read-only."""


class _RefusedError(Exception):
    """A query that is not asked, and why."""


@dataclass(frozen=True)
class _Query:
    """A command and its arguments. database: its number in the source; None for the application's."""

    database: int | None
    words: Sequence[str]


def check(asked: Asked, expectations: Sequence[Expectation]) -> Iterator[Finding]:
    """Ask every query and hold its answer against its condition; no answer is a finding too.

    Raise redis.RedisError if the server is gone.
    """
    for expectation in expectations:
        found = _found(asked, expectation)
        if found is not None:
            yield Finding(_KIND, f'expectation "{expectation.name}"', expectation.condition, found)


def _found(asked: Asked, expectation: Expectation) -> str | None:
    """Return what was found instead of what is expected; None if it is as expected."""
    try:
        query = _parsed(expectation.query)
        with asked.client(query.database) as client:
            _refuse_writing(client, query.words)
            answer = client.execute_command(*_raw(query.words))
    except _RefusedError as error:
        return str(error)
    except ResponseError as error:
        return f"the query failed: {reason(error)}"
    values = answer if isinstance(answer, list) else [answer]
    if len(values) != 1 or isinstance(values[0], (list, dict)):
        return f"{len(values)} values" if values else "no answer"
    value = _as_text(values[0])
    return None if expectation.met_by(value) else _shown(value)


def _parsed(text: str) -> _Query:
    numbered = _DATABASE.fullmatch(text)
    try:
        words = shlex.split(numbered["command"] if numbered else text)
    except ValueError:
        raise _RefusedError("the query has a quote that does not end") from None
    if not words:
        raise _RefusedError("the query has no command")
    return _Query(int(numbered["number"]) if numbered else None, words)


def _refuse_writing(client: Redis, words: Sequence[str]) -> None:
    """Refuse what may change something or wait without end, by what the server says of the command."""
    (known,) = client.execute_command("COMMAND INFO", words[0])
    if not known:
        raise _RefusedError("the query failed: the server does not know this command")
    flags = {flag.decode() if isinstance(flag, bytes) else str(flag) for flag in known[2]}
    if "readonly" not in flags and words[0].lower() not in _HARMLESS:
        raise _RefusedError("the query was not asked: its command may change something")
    if flags & {"blocking", "pubsub"}:
        raise _RefusedError("the query was not asked: its command may wait without end")


def _raw(words: Sequence[str]) -> Sequence[bytes]:
    """Return what redis-py sends unchanged, and whose answer it leaves as it is: it knows names as text."""
    return [word.encode() for word in words]


def _as_text(value: object) -> object:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _shown(value: object) -> str:
    """Return what a report says of an answer: a number, or how long a text is, for values are never shown."""
    text = text_of(value)
    if value is None or _NUMBER.fullmatch(text):
        return text
    return f"another text of {len(text)} characters"
