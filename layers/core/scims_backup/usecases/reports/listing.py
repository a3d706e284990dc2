"""The keys of many sources, listed at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scims_backup.domain import keys
from scims_backup.ports import Catalog

_WHOLE = 10
"""From so many sources on, all keys of a kind are listed: a page holds those of many sources."""
_MANIFESTS, _DRILLS, _COPIES, _SUMMARIES = _KINDS = ("manifests/", "drills/", "copies/", "summaries/")


@dataclass(frozen=True)
class SourceKeys:
    """What was listed of a source."""

    manifests: Sequence[str] = ()
    drills: Sequence[str] = ()
    copies: Sequence[str] = ()
    summaries: Sequence[str] = ()


@dataclass(frozen=True)
class Listing:
    """The keys of sources. by_kind: first part of the key → source → its keys."""

    by_kind: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)

    def of(self, source: str) -> SourceKeys:
        """Return what was listed of one source."""
        return SourceKeys(*(self.by_kind.get(kind, {}).get(source, ()) for kind in _KINDS))

    @property
    def sources(self) -> list[str]:
        """The sources that have a backup."""
        return sorted(
            source for source, found in self.by_kind[_MANIFESTS].items() if any(map(keys.is_manifest, found))
        )


def listing_of(catalog: Catalog, sources: Sequence[str]) -> Listing:
    """List the keys of some sources. Raise CatalogError if they cannot be listed."""
    if len(sources) >= _WHOLE:
        return listing_of_all(catalog)
    return Listing(
        {kind: _by_source(_keys(catalog, (f"{kind}{source}/" for source in sources))) for kind in _KINDS}
    )


def listing_of_all(catalog: Catalog) -> Listing:
    """List the keys of every source. Raise CatalogError if they cannot be listed."""
    return Listing({kind: _by_source(catalog.keys(kind)) for kind in _KINDS})


def _keys(catalog: Catalog, prefixes: Iterable[str]) -> Iterator[str]:
    for prefix in prefixes:
        yield from catalog.keys(prefix)


def _by_source(found: Iterable[str]) -> dict[str, list[str]]:
    """Group keys by their second part; what lies beside the sources is left out."""
    grouped: dict[str, list[str]] = {}
    for key in found:
        _, source, *rest = key.split("/")
        if rest:
            grouped.setdefault(source, []).append(key)
    return grouped
