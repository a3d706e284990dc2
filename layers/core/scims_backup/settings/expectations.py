"""Reading a deployment's own SQL expectations from TOML or YAML."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import yaml

from scims_backup.domain.errors import UsageError
from scims_backup.domain.expectations import Expectation, expectation_of

_SHAPES = "write [[expectations]] in TOML, or a list in YAML, with name, query and expected or condition"


def read_expectations(path: Path) -> tuple[Expectation, ...]:
    """Read a file of expectations. Raise UsageError that names the file and the entry if it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"expectations {path} cannot be read: {reason}", "check the path") from None
    return expectations_in(_entries(path, text), str(path))


def expectations_in(entries: object, where: str) -> tuple[Expectation, ...]:
    """Read a list of expectations. Raise UsageError that names the entry if one is wrong.

    where: the file or key, for the message.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f"{where} contains no list of expectations", _SHAPES)
    read = [expectation_of(entry, f"{where}, entry {at}") for at, entry in enumerate(entries, 1)]
    _refuse_repeated(read, where)
    return tuple(read)


def _entries(path: Path, text: str) -> object:
    if path.suffix == ".toml":
        return _toml_entries(path, text)
    if path.suffix in {".yaml", ".yml"}:
        return _yaml_entries(path, text)
    raise UsageError(
        f"expectations {path} have an unknown file type", "name the file *.toml, *.yaml or *.yml"
    )


def _toml_entries(path: Path, text: str) -> object:
    try:
        document: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"expectations {path} are not valid TOML: {error}", _SHAPES) from None
    unknown = sorted(set(document) - {"expectations"})
    if unknown:
        raise UsageError(f"expectations {path} have an unknown key {unknown[0]!r}", _SHAPES)
    return document.get("expectations")


def _yaml_entries(path: Path, text: str) -> object:
    try:
        document: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(
            f"expectations {path} are not valid YAML: {' '.join(str(error).split())}", _SHAPES
        ) from None
    return document


def _refuse_repeated(read: Sequence[Expectation], where: str) -> None:
    names = [expectation.name for expectation in read]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UsageError(
            f"{where} contains two expectations called {repeated[0]!r}", "give each its own name"
        )
