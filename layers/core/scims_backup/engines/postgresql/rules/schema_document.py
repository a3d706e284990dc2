"""The schema in a proof's document: nine tenths of it, and so looked through at once, not value by value."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from types import NoneType

from scims_backup.domain.decoding import FieldError, object_in, refuse

_FACETS: frozenset[type] = frozenset({str, int, bool, NoneType, list})


def schema_in(value: object) -> object:
    """Return kind → name → facets as they are. Raise FieldError if a part is of another JSON type."""
    for kind, objects in object_in(value).items():
        try:
            _look_through(objects)
        except FieldError as error:
            raise error.inside(kind) from None
    return value


def _look_through(value: object) -> None:
    objects = object_in(value)
    if not _are(objects.values(), {dict}):
        name, other = next((name, one) for name, one in objects.items() if type(one) is not dict)
        raise refuse(other, "an object").inside(name)
    facets = [one for facets in objects.values() for one in facets.values()]
    if not _are(facets, _FACETS):
        raise FieldError("", "has a facet that is neither text, an integer, true, false, null nor a list")
    if not _are(chain.from_iterable(one for one in facets if type(one) is list), {str}):
        raise FieldError("", "has a facet that is a list of other things than texts")


def _are(values: Iterable[object], types: Iterable[type]) -> bool:
    return frozenset(types).issuperset(map(type, values))
