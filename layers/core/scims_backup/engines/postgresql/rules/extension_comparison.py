"""Compare the objects of extensions, and what users attached to them, of which no archive holds anything.

A restore creates each extension again. Where its version is the same, whatever differs is lost; where it is
another, a making of the source's version tells what users changed from what the other version brought.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.facet_comparison import Pair, SameMeaning, compare_facets, labelled
from scims_backup.engines.postgresql.rules.names import unquoted
from scims_backup.engines.postgresql.rules.proof import Facet, Facets, Proof, Schema
from scims_backup.engines.postgresql.rules.schema_comparison import RELATIONS, holders

Made = Callable[[str, str], Sequence[Schema]]
"""Extension, version → its objects as each way to that version makes them here, the plain creation first.

Nothing where that version cannot be made here.
"""
Key = tuple[str, str]
"""Kind and name."""

_PREFIX = "extension-"
_FROM_TEMPLATE = "plpgsql"
_OLD = "the proof predates this check: take a new backup"


def none_made(_extension: str, _version: str) -> Sequence[Schema]:
    """The `Made` of where no extension can be made."""
    return ()


class MembersComparison:
    """The objects of the extensions that both sides have.

    made: asked only where something differs.
    """

    def __init__(self, expected: Proof, found: Proof, made: Made = none_made) -> None:
        self._expected, self._found, self._made = expected, found, made

    @property
    def judged(self) -> Collection[str]:
        """The extensions whose objects can be judged, grants and all."""
        return [one.name for one in self._extensions if not one.unknown]

    @property
    def of_users(self) -> Collection[str]:
        """The tables that users made part of an extension: their rows must be there."""
        return [name for one in self._extensions for name in one.tables_of_users()]

    def outcome(self, same_meaning: SameMeaning) -> Iterator[Finding | NotChecked]:
        """Yield what differs, and which extensions could not be judged."""
        if self._unjudged:
            yield NotChecked("objects of extensions", self._unjudged)
        for one in self._extensions:
            yield from one.outcome(same_meaning)

    @cached_property
    def _unjudged(self) -> str:
        """Why nothing can be judged; empty if it can, or if there is nothing."""
        here, there = self._found.server, self._expected.server
        extensions = {unquoted(name) for name in self._expected.schema.get("extension", ())}
        if self._found.members is None or extensions <= {_FROM_TEMPLATE}:
            return ""
        if self._expected.members is None:
            return _OLD
        if here.major != there.major:
            return f"PostgreSQL {there.version} in the source, {here.version} here: they may differ"
        return ""

    @cached_property
    def _extensions(self) -> list[_Extension]:
        ours, theirs = self._expected.members, self._found.members
        if ours is None or theirs is None or self._expected.server.major != self._found.server.major:
            return []
        both = (
            self._expected.schema.get("extension", {}).keys() & self._found.schema.get("extension", {}).keys()
        )
        return [self._extension(unquoted(name), ours, theirs) for name in sorted(both)]

    def _extension(self, name: str, ours: Schema, theirs: Schema) -> _Extension:
        versions = [side.server.facts.get(f"extension {name}", "") for side in (self._expected, self._found)]
        lost_rows = {
            table
            for table, rows in self._expected.reported.items()
            if self._found.reported.get(table, rows) != rows
        }
        return _Extension(
            name, _of(name, ours), _of(name, theirs), (versions[0], versions[1]), lost_rows, self._made
        )


class _Extension:
    """One extension on both sides.

    versions: the source's, and the one here
    changed: the tables whose rows differ
    """

    def __init__(
        self,
        name: str,
        ours: Mapping[Key, Facets],
        theirs: Mapping[Key, Facets],
        versions: tuple[str, str],
        changed: Collection[str],
        made: Made,
    ) -> None:
        self.name = name
        self._ours, self._theirs = ours, theirs
        self._versions, self._changed, self._made = versions, changed, made

    @property
    def unknown(self) -> bool:
        """Whether nobody can say what of it is the users'."""
        return not self._is_same_version and self._ours != self._theirs and not self._makings

    def tables_of_users(self) -> Iterator[str]:
        """Name those of the tables whose rows differ that no making of the extension has."""
        tables = [name for kind, name in self._ours if kind == "table" and name in self._changed]
        for name in tables:
            if self._makings and not any(("table", name) in making for making in self._makings):
                yield name

    def outcome(self, same_meaning: SameMeaning) -> Iterator[Finding | NotChecked]:
        """Yield what users changed or attached, and is otherwise here."""
        if self.unknown:
            ours, theirs = self._versions
            reason = f"version {ours} in the source, {theirs} here, where {ours} cannot be made"
            yield NotChecked(f"objects of extension {self.name}", reason)
            return
        missing, unexpected = _relations(self._ours, self._theirs), _relations(self._theirs, self._ours)
        for key in sorted(self._ours.keys() | self._theirs.keys()):
            source, here = self._ours.get(key), self._theirs.get(key)
            if source is not None and here is not None:
                yield from self._changes(key, source, here, same_meaning)
            elif self._is_own(key, None, source, here):
                continue
            elif source is not None and not missing.intersection(holders(*key, source)):
                yield Finding(f"{_PREFIX}{key[0]}-missing", _label(key), "present", "missing")
            elif here is not None and not unexpected.intersection(holders(*key, here)):
                yield Finding(f"{_PREFIX}{key[0]}-unexpected", _label(key), "missing", "present")

    def _changes(
        self, key: Key, ours: Facets, theirs: Facets, same_meaning: SameMeaning
    ) -> Iterator[Finding | NotChecked]:
        if ours == theirs:
            return
        own = {
            facet: theirs.get(facet)
            for facet in ours.keys() | theirs.keys()
            if self._is_own(key, facet, ours.get(facet), theirs.get(facet))
        }
        pair = Pair(f"{_PREFIX}{key[0]}", key[1], {**ours, **own}, theirs)
        yield from compare_facets(pair, lambda kind, *of: same_meaning(kind.removeprefix(_PREFIX), *of))

    def _is_own(self, key: Key, facet: str | None, ours: object, theirs: object) -> bool:
        """Say whether the extension itself brought a difference, rather than a user.

        facet: None if the object is on one side only. Updating an extension may leave other objects than
        creating it does.
        """
        if ours == theirs or not self._makings:
            return ours == theirs
        values = [_value(making, key, facet, ours, theirs) for making in self._makings]
        if self._is_same_version:
            return values[0] == theirs and ours in values[1:]
        return ours in values

    @property
    def _is_same_version(self) -> bool:
        return self._versions[0] == self._versions[1]

    @cached_property
    def _makings(self) -> list[dict[Key, Facets]]:
        return [_of(self.name, making) for making in self._made(self.name, self._versions[0])]


def _of(extension: str, members: Schema) -> dict[Key, Facets]:
    return {
        (kind, name): {facet: value for facet, value in facets.items() if facet != "extension"}
        for kind, objects in members.items()
        for name, facets in objects.items()
        if facets.get("extension") == extension
    }


def _value(
    making: Mapping[Key, Facets], key: Key, facet: str | None, ours: object, theirs: object
) -> Facet | object:
    """What a making has; of an object that is on one side only, that side's if it is there at all."""
    found = making.get(key)
    if facet is not None:
        return None if found is None else found.get(facet)
    return None if found is None else theirs if ours is None else ours


def _relations(of: Mapping[Key, Facets], other: Mapping[Key, Facets]) -> set[str]:
    """The relations and schemas that `of` has and `other` has not."""
    kinds = (*RELATIONS, "schema")
    return {name for kind, name in of.keys() - other.keys() if kind in kinds}


def _label(key: Key) -> str:
    return labelled(f"{_PREFIX}{key[0]}", key[1])
