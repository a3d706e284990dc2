"""How a settings key is declared: once, as a field of a dataclass, by `settings` and by engines.

@dataclass(frozen=True, kw_only=True)
class RedisKeys(Keys):
    db: int = key(whole_number, "the number of the database", default=0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack, overload

from scims_backup.domain.errors import UsageError
from scims_backup.domain.problems import Problems

Value = TypeVar("Value")
Default = TypeVar("Default")
_DECLARED = "settings key"


@dataclass(frozen=True)
class Written:
    """What somebody wrote for a key, and where.

    value: the text of an option or a variable, or what TOML makes of a key in a settings document
    place: the option, the variable, or the key with the tables around it: `sources.scims-db.url`
    problems: collects what is wrong
    document: the name of the settings document; empty for an option or a variable
    folder: what a relative path in the document is relative to; None for nothing
    """

    value: Any
    place: str
    problems: Problems
    document: str = ""
    folder: Path | None = None

    def __str__(self) -> str:
        return f"key {self.place} in {self.document}" if self.document else self.place

    @property
    def is_option(self) -> bool:
        """Whether it was typed, so that others can see it in the list of processes."""
        return self.place.startswith("--")

    def under(self, key: str) -> Written:
        """Return what stands for a key of this table; its value is None if nothing does."""
        place = f"{self.place}.{key}".lstrip(".")
        return replace(self, value=self.table().get(key), place=place)

    def at(self, key: str) -> str:
        """Return how messages call a key of this table."""
        return str(replace(self, place=f"{self.place}.{key}".lstrip(".")))

    def unusable(self, cure: str) -> UsageError:
        """Return the error that this value is of no use. cure: what to write."""
        return UsageError(f"{self} is invalid", cure)

    def text(self) -> str:
        """Return the value as text. Raise UsageError if it is none."""
        if isinstance(self.value, str) and (self.value or not self.document):
            return self.value
        raise self.unusable("write a text in quotes")

    def unread(self) -> Written:
        """Return this itself, a text that is read later, and only by commands that need it.

        Raise UsageError if it is no text.
        """
        self.text()
        return self

    def file(self) -> Path:
        """Return the value as the path of a file. Raise UsageError if it is relative to nothing."""
        return self.path_of(self.text())

    def unread_file(self) -> Written:
        """Return this with the path of a file that is read later.

        Raise UsageError if it is relative to nothing.
        """
        return replace(self, value=str(self.file()))

    def path_of(self, text: str) -> Path:
        """Return a path that stands in the value. Raise UsageError if it is relative to nothing."""
        if self.document and self.folder is None and not Path(text).is_absolute():
            raise UsageError(
                f"{self} is a relative path, but there is no folder to resolve it against",
                "write the absolute path",
            )
        return (self.folder or Path()) / text

    def table(self) -> Mapping[str, Any]:
        """Return the value as a table. Raise UsageError if it is none."""
        if isinstance(self.value, dict):
            return self.value
        raise self.unusable("write a table")


@dataclass(frozen=True)
class Key:
    """One settings key: what it means, and every place where it may be set.

    read: makes the value of what was written; raises UsageError
    meaning: one line for the documentation
    name: in a settings document; empty if only an option or a variable sets it
    option: on the command line, with what it takes: `--catalog ADDRESS`; empty if there is none
    variable: in the environment; empty if there is none
    title: how a message calls it that says that it is missing
    missing: the cure where it must be set; empty where it may be left out
    is_set: whether the text of an option or a variable counts; one that does not is as if not given
    field: the attribute that holds the value
    default: the value where nothing was written
    """

    read: Callable[[Written], Any]
    meaning: str
    name: str = ""
    option: str = ""
    variable: str = ""
    title: str = ""
    missing: str = ""
    is_set: Callable[[str], object] = bool
    field: str = ""
    default: Any = None

    @property
    def flag(self) -> str:
        """The option without what it takes."""
        return self.option.partition(" ")[0]


class Keys:
    """A table of keys: a dataclass whose fields are declared by `key`."""

    def conflicts(self, table: Written) -> Iterator[UsageError]:  # noqa: ARG002  for those that have some
        """Yield what does not go together. table: what the keys were read from."""
        yield from ()


@dataclass(frozen=True)
class NoKeys(Keys):
    """What an engine declares that has no keys of its own."""


KeysOf = Callable[[str], type[Keys]]
"""Returns the keys of the engine whose address this is; '' if no address is known."""


class Where(TypedDict, total=False):
    """Where a key may be set, and how messages call it: as in `Key`."""

    name: str
    option: str
    variable: str
    title: str
    missing: str
    is_set: Callable[[str], object]


@overload
def key(
    read: Callable[[Written], Value], meaning: str, *, default: Default, **where: Unpack[Where]
) -> Value | Default: ...
@overload
def key(read: Callable[[Written], Value], meaning: str, **where: Unpack[Where]) -> Value | None: ...
def key(read: Callable[[Written], Any], meaning: str, *, default: Any = None, **where: Unpack[Where]) -> Any:
    """Declare a field of a dataclass as a settings key.

    where: without a `name` the key has the field's; with an empty one it stands in no document
    """
    declared = partial(Key, read, meaning, default=default)
    return field(default_factory=lambda: default, metadata={_DECLARED: (declared, where)})


def keys_of(table: type) -> tuple[Key, ...]:
    """Return the keys that a dataclass declares, in its order."""
    return tuple(_declared(one) for one in fields(table) if _DECLARED in one.metadata)


def _declared(one: Field[Any]) -> Key:
    make, where = one.metadata[_DECLARED]
    key: Key = make(field=one.name, **{"name": one.name, **where})
    return key


def values_of(table: type, made: object) -> dict[str, Any]:
    """Return the values of the keys that a dataclass declares. made: an instance of it, or of a subclass."""
    return {declared.field: getattr(made, declared.field) for declared in keys_of(table)}
