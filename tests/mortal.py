"""Ports of a process that dies at a chosen moment, and of one that is watched at each."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Self

_LOOKS = ("get", "keys", "read", "archives")


class DeadError(BaseException):
    """The process is dead: nothing of it goes on, not even what it would clean up."""


class Life:
    """Counts the moments before and after every call of the ports; at one of them something happens.

    happens: called with the number of each moment and what it is, e.g. `before delete manifests/…`.
    """

    def __init__(self, happens: Callable[[int, str], None] = lambda _moment, _name: None) -> None:
        self.moments: list[str] = []
        self._happens = happens
        self._dead = False

    def moment(self, name: str) -> None:
        if self._dead:
            raise DeadError
        self.moments.append(name)
        try:
            self._happens(len(self.moments) - 1, name)
        except DeadError:
            self._dead = True
            raise


def changes(moments: list[str]) -> list[str]:
    """Return what was changed, in order: each call with its key's folder if it has one (`delete runs`)."""
    done = (moment.removeprefix("after ") for moment in moments if moment.startswith("after "))
    return [_in_short(*one.split(" ", 1)) for one in done if one.split()[0] not in _LOOKS]


def _in_short(call: str, key: str = "") -> str:
    folder, slash, _ = key.partition("/")
    return f"{call} {folder}" if slash and folder.isidentifier() else call


def dying_at(moment: int) -> Callable[[int, str], None]:
    """Let the process die at a moment."""

    def happens(now: int, _name: str) -> None:
        if now == moment:
            raise DeadError

    return happens


def killed_at(moment: int | None) -> Callable[[int, str], None]:
    """Let this process be killed at a moment, as by the kernel; None for never."""

    def happens(now: int, _name: str) -> None:
        if now == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    return happens


class Mortal:
    """Any port, each of whose calls is two moments of a life."""

    def __new__(cls, port: Any, _life: Life) -> Self:
        """Have all that the port has: who asks for a capability by type does not look at __getattr__."""
        names = (name for name in dir(port) if not name.startswith("_"))
        had = {name: property(partial(cls._of_port, name=name)) for name in names}
        return super().__new__(type(cls.__name__, (cls,), had))

    def __init__(self, port: Any, life: Life) -> None:
        self._port = port
        self._life = life

    def __getattr__(self, name: str) -> Any:
        return self._of_port(name)

    def _of_port(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        if not callable(attribute):
            return attribute

        def call(*arguments: Any, **options: Any) -> Any:
            what = f"{name} {arguments[0] if arguments else ''}".strip()
            self._life.moment(f"before {what}")
            result = attribute(*arguments, **options)
            if isinstance(result, Iterator):
                result = iter(list(result))
            self._life.moment(f"after {what}")
            return result

        return call
