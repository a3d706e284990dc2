"""Where manifests, proofs, drills and events are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Catalog(Protocol):
    """Small objects under keys with `/` in them; strongly consistent."""

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object, whole or not at all. Storing the same bytes again is done already.

        Raise KeyTakenError if other bytes are stored there; never overwrite.
        """

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raise KeyMissingError if there is none."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with prefix, in ascending order; none is no error."""

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is removed already."""
