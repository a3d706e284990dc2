"""The codec of documents: JSON values become what the types of a dataclass's fields say, or are refused."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from math import isfinite
from types import MappingProxyType, NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

_T = TypeVar("_T")
_Decoder = Callable[[object], object]
_WORDS: Mapping[type, str] = {
    str: "text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "an array",
    NoneType: "null",
}

ALWAYS = MappingProxyType({"always": True})
"""Metadata of a field that every document has, although the dataclass has a default for it."""
INLINE = MappingProxyType({"inline": True})
"""Metadata of a field whose own fields lie in the object itself."""
NULLABLE = MappingProxyType({"nullable": True})
"""Metadata of a field that may be null where it might as well be missing."""
NOT_WRITTEN = MappingProxyType({"written": False})
"""Metadata of a field that no document has."""


class FieldError(ValueError):
    """A field that is missing, or is not what its type says.

    where: its place, e.g. `archive.bytes`.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.where = where
        self.why = why

    def __str__(self) -> str:
        return f"{self.where or 'it'} {self.why}"

    def inside(self, outer: str) -> FieldError:
        """The same, seen from the object around."""
        return FieldError(f"{outer}.{self.where}" if self.where else outer, self.why)


def named(key: str) -> Mapping[str, Any]:
    """Metadata of a field that documents call otherwise."""
    return {"key": key}


def decoded_by(decoder: Callable[[object], object]) -> Mapping[str, Any]:
    """Metadata of a field that a function of its own decodes, which raises FieldError."""
    return {"decoder": decoder}


def decode(kind: type[_T], value: object) -> _T:
    """Turn a JSON value into a type: a dataclass of text, numbers, moments, enums, objects and arrays.

    Unknown keys of objects are ignored. Raise FieldError if a field is missing or of another JSON type.
    """
    return cast(_T, _decoder(cast(Hashable, kind))(value))


def refuse(value: object, expected: str) -> FieldError:
    """The error for a value of another JSON type than expected, e.g. `an object`."""
    return FieldError("", f"must be {expected}, not {_WORDS.get(type(value), type(value).__name__)}")


def object_in(value: object) -> dict[str, Any]:
    """Return a JSON object. Raise FieldError if a value is something else."""
    if not isinstance(value, dict):
        raise refuse(value, "an object")
    return value


@cache
def _decoder(kind: object) -> _Decoder:
    """Return what decodes a type; each is made once."""
    if get_origin(kind) is not None:
        return _generic(get_origin(kind), get_args(kind))
    if kind in _PLAIN:
        return _PLAIN[kind]
    known = cast("type[Any]", kind)
    if is_dataclass(known):
        return _fields(known)
    return _enum(known) if issubclass(known, Enum) else _exactly(known)


def _generic(origin: object, arguments: Sequence[Any]) -> _Decoder:
    if origin is Mapping or origin is dict:
        return _mapping(arguments[1])
    if origin is Sequence or origin is tuple:
        return _array(_decoder(arguments[0]))
    (kind,) = (one for one in arguments if one is not NoneType)
    return _optional(_decoder(kind))


def _exactly(kind: type) -> _Decoder:
    def exact(value: object) -> object:
        if type(value) is not kind:  # `true` is no integer
            raise refuse(value, _WORDS[kind])
        return value

    return exact


def _number(value: object) -> object:
    if type(value) not in (int, float) or not isfinite(cast(float, value)):
        raise refuse(value, "a number")
    return value


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise refuse(value, "a time as text")
    try:
        moment = datetime.fromisoformat(value)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldError("", f"is {value!r}, which is not a time") from None
    if moment.tzinfo is None:
        raise FieldError("", f"is {value!r}, which has no time zone")
    return moment


def _anything(value: object) -> object:
    return value


_PLAIN: Mapping[object, _Decoder] = {Any: _anything, float: _number, datetime: _moment}


def _optional(inner: _Decoder) -> _Decoder:
    def optional(value: object) -> object:
        return None if value is None else inner(value)

    return optional


def _enum(kind: type[Enum]) -> _Decoder:
    members: dict[str, Enum] = {member.value: member for member in kind}

    def member_of(value: object) -> object:
        if not isinstance(value, str):
            raise refuse(value, "text")
        if value not in members:
            raise FieldError("", f"is {value!r}, and must be one of: {', '.join(members)}")
        return members[value]

    return member_of


def _array(element: _Decoder) -> _Decoder:
    def array(value: object) -> object:
        if not isinstance(value, list):
            raise refuse(value, "an array")
        return tuple(_each(element, enumerate(value)))

    return array


def _mapping(kind: object) -> _Decoder:
    element = _decoder(kind)

    def mapping(value: object) -> object:
        known = object_in(value)
        return dict(zip(known, _each(element, known.items()), strict=True))

    return mapping


def _each(element: _Decoder, items: Iterable[tuple[object, object]]) -> list[object]:
    decoded: list[object] = []
    for place, value in items:
        try:
            decoded.append(element(value))
        except FieldError as error:
            raise error.inside(str(place)) from None
    return decoded


def _fields(kind: type[Any]) -> _Decoder:
    hints = get_type_hints(kind)
    known = [_Known(one, hints[one.name]) for one in fields(kind) if one.metadata.get("written", True)]

    def built(value: object) -> object:
        document = object_in(value)
        return kind(**{one.name: one.of(document) for one in known if one.is_in(document)})

    return built


class _Known:
    """One field of a dataclass, as documents have it."""

    def __init__(self, field: Field[Any], hint: object) -> None:
        more = field.metadata
        has_default = field.default is not MISSING or field.default_factory is not MISSING
        self.name = field.name
        self._key = more.get("key", field.name)
        self._inline = "inline" in more
        self._optional = has_default and "always" not in more
        self._may_be_null = not (self._optional and field.default is None) or "nullable" in more
        self._decode: _Decoder = more["decoder"] if "decoder" in more else _decoder(hint)

    def is_in(self, document: Mapping[str, object]) -> bool:
        if self._inline or self._key in document:
            return True
        if self._optional:
            return False
        raise FieldError(self._key, "is missing")

    def of(self, document: Mapping[str, object]) -> object:
        if self._inline:
            return self._decode(document)
        value = document[self._key]
        if value is None and not self._may_be_null:
            raise FieldError(self._key, "must not be null")
        try:
            return self._decode(value)
        except FieldError as error:
            raise error.inside(self._key) from None
