"""Waiting for something to become so."""

import time
from collections.abc import Callable

_SECONDS = 60.0
_GLANCE = 0.02


def until(is_so: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail if it does not within a minute."""
    last = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < last, "waited in vain"
        time.sleep(_GLANCE)
