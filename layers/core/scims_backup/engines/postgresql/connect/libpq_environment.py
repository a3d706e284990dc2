"""libpq's variables, kept away from every connection and program that was not meant to have them.

libpq reads them inside our process, and not each of them can be overruled by a parameter (PGSERVICE, PGTZ):
so none of them stands in the environment while we connect, and what an address is to have of them it names.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

_OURS = re.compile(r"PG[A-Z_]+")
"""Also what only another libpq knows, such as a newer pg_dump's, and what would colour its messages."""
_lock = threading.Lock()
_aside: dict[str, str] = {}
_inside = 0


def variables_in(environment: Mapping[str, str]) -> list[str]:
    """Return the names of libpq's variables that an environment has."""
    return [name for name in environment if _OURS.fullmatch(name)]


def without_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a child process in which libpq finds nothing."""
    return {name: value for name, value in environment.items() if not _OURS.fullmatch(name)}


def taken_from(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Take libpq's variables out of a process's environment; return that as it was."""
    whole = dict(environment)
    for name in variables_in(whole):
        del environment[name]
    return whole


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep libpq's variables out of our own environment; several threads may be inside."""
    global _inside  # noqa: PLW0603  the environment is the process's, too
    with _lock:
        if _inside == 0:
            whole = taken_from(os.environ)
            _aside.update((name, whole[name]) for name in whole.keys() - os.environ.keys())
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                os.environ.update(_aside)
                _aside.clear()
