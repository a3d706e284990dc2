"""A place in a bucket that keeps the versions of what was overwritten or removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from scims_backup.domain.recovery import ObjectVersion


class VersionedPlace(Protocol):
    """Objects with their versions. Every method raises RecoveryError if the store does not do it.

    No version of an object is ever deleted; what any method does may be done again.
    """

    def require_versions(self) -> None:
        """Raise RecoveryError unless the store keeps what is overwritten or removed from now on, too."""

    def versions(self) -> Iterator[ObjectVersion]:
        """Yield every version and marker of every key, versions and markers of one key newest first each."""

    def same_bytes(self, one: ObjectVersion, other: ObjectVersion) -> bool:
        """Say whether two versions have the same content, which their ETags need not show."""

    def remove_markers(self, key: str, markers: tuple[str, ...]) -> None:
        """Remove the markers that hide a key; one that is not there is removed already."""

    def put_on_top(self, version: ObjectVersion) -> None:
        """Make a copy of a version the current one, as well encrypted and locked as that is."""

    def put_aside(self, key: str) -> None:
        """Hide a key by a marker."""
