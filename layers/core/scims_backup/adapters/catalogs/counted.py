"""A catalog that counts what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from scims_backup.ports import Catalog

_PAGE = 1000
"""Keys that S3 lists for one request."""


class CountedCatalog:
    """Asks another catalog, and counts the requests as S3 would: a page of a listing is one."""

    def __init__(self, catalog: Catalog) -> None:
        self.requests = 0
        self._catalog = catalog
        self._lock = Lock()

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object as the other catalog does."""
        self._count()
        self._catalog.put_new(key, data)

    def get(self, key: str) -> bytes:
        """Return an object's bytes."""
        self._count()
        return self._catalog.get(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with prefix."""
        self._count()
        for number, key in enumerate(self._catalog.keys(prefix)):
            if number and number % _PAGE == 0:
                self._count()
            yield key

    def delete(self, key: str) -> None:
        """Remove an object."""
        self._count()
        self._catalog.delete(key)

    def __str__(self) -> str:
        return str(self._catalog)

    def _count(self) -> None:
        with self._lock:
            self.requests += 1
