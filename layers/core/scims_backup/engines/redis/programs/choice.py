"""Which server may stand for another: an RDB loads in the same or a newer release, never in an older one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
_NUMBERS = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_FIRST = (6, 2)
"""The first release whose settings keep a sandbox off the disk (crash-log-enabled, oom-score-adj)."""
_LAST_COMMON = (7, 2)
"""The last release of Redis whose RDB (version 11) Valkey can read: there Valkey's history leaves Redis'."""


@dataclass(frozen=True)
class Release:
    """A flavour and the numbers of its version."""

    flavour: str
    major: int
    minor: int
    patch: int

    @property
    def title(self) -> str:
        """The flavour as people write it."""
        return self.flavour.capitalize()

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Major, minor and patch, to be compared."""
        return self.major, self.minor, self.patch

    def __str__(self) -> str:
        """Flavour and version as people write them."""
        return f"{self.title} {self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True)
class Choice(Generic[T]):
    """What was chosen, and how it differs from what was wanted; '' if that does not matter."""

    of: T
    warning: str


def release_of(flavour: str, version: str) -> Release:
    """Read a version such as `7.0.15` or `8.0`. Raise ValueError if it is none."""
    match = _NUMBERS.match(version)
    if match is None:
        raise ValueError(version)
    major, minor, patch = (int(number or 0) for number in match.groups())
    return Release(flavour, major, minor, patch)


def chosen(wanted: Release, at_hand: Mapping[T, Release]) -> Choice[T] | None:
    """Choose what stands for a release best; of equals the first. None if nothing can.

    The same major that is not older by a minor comes first, then the nearest newer major, then an older minor
    (which may know the same RDB version), and Valkey for an old Redis last.
    """
    usable = {one: release for one, release in at_hand.items() if release.numbers[:2] >= _FIRST}
    for fits, nearest_first, warning in _RANKS:
        fitting = [one for one, release in usable.items() if fits(wanted, release)]
        if fitting:
            best = min(fitting, key=lambda one: _distance(at_hand[one], nearest_first=nearest_first))
            text = f"the sandbox runs {at_hand[best]} for {wanted}: {warning}" if warning else ""
            return Choice(best, text)
    return None


def _distance(release: Release, *, nearest_first: bool) -> tuple[int, int, int]:
    minors = release.major, release.minor
    major, minor = minors if nearest_first else (-minors[0], -minors[1])
    return major, minor, -release.patch


def _same(wanted: Release, other: Release) -> bool:
    return (other.flavour, other.major) == (wanted.flavour, wanted.major) and other.minor >= wanted.minor


def _newer(wanted: Release, other: Release) -> bool:
    return other.flavour == wanted.flavour and other.major > wanted.major


def _older_minor(wanted: Release, other: Release) -> bool:
    return (other.flavour, other.major) == (wanted.flavour, wanted.major) and other.minor < wanted.minor


def _fork(wanted: Release, other: Release) -> bool:
    is_common = wanted.flavour == "redis" and wanted.numbers[:2] <= _LAST_COMMON
    return is_common and other.flavour == "valkey"


_RANKS: tuple[tuple[Callable[[Release, Release], bool], bool, str], ...] = (
    (_same, True, ""),
    (_newer, True, "a newer major may load what the source's own would refuse"),
    (_older_minor, False, "an older release may refuse what a newer one wrote"),
    (_fork, True, "it reads this RDB, but a restore into Redis itself is not proven"),
)
