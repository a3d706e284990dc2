"""Reading a settings document (TOML); docs/cli.md describes it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.settings.expectations import expectations_in
from scims_backup.settings.model import Document, Objectives, Retention, Secret, SourceSettings
from scims_backup.settings.places import secret_place
from scims_backup.settings.problems import Problems, nearest

_AGE = re.compile(r"(\d+[ymdh])+")
_PERIODS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
_OBJECTIVES = ("rpo_hours", "proof_age_days", "rto_minutes")
_SOURCE_KEYS = ("url", "secret", "vault", "retention", "objectives", "application_role", "expectations")


def read_document(path: Path, problems: Problems) -> Document:
    """Read a document; what is wrong in it goes to problems. Raise UsageError if it cannot be read at all."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"settings document {path} cannot be read: {error.strerror}", "check --config"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"settings document {path} is not TOML: {error}", "see docs/cli.md") from None
    return _Reader(path, problems).document(entries)


class _Reader:
    """Reads the parts of one document, and notes what is wrong with the name of the key."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self._path = path
        self._problems = problems

    def document(self, entries: Mapping[str, Any]) -> Document:
        self._known(entries, ("catalog", "sources"), "")
        sources = self._table(entries, "sources", "sources")
        return Document(
            path=str(self._path),
            catalog=self._text(entries, "catalog", ""),
            sources={name: self._source(name, sources) for name in sources},
        )

    def _source(self, name: str, sources: Mapping[str, Any]) -> SourceSettings:
        where = f"sources.{name}"
        self._problems.attempt(lambda: checked_source_name(name), "")
        entries = self._table(sources, name, where)
        self._known(entries, _SOURCE_KEYS, where)
        source = SourceSettings(
            url=self._text(entries, "url", where),
            secret=self._secret(entries, where),
            vault=self._text(entries, "vault", where),
            retention=self._retention(entries, f"{where}.retention"),
            objectives=self._objectives(entries, f"{where}.objectives"),
            application_role=self._text(entries, "application_role", where),
        )
        return self._with_expectations(source, entries.get("expectations"), f"{where}.expectations")

    def _with_expectations(self, source: SourceSettings, value: object, where: str) -> SourceSettings:
        if isinstance(value, str):
            return replace(source, expectations_file=self._path.parent / value)
        if value is None:
            return source
        read = partial(expectations_in, value, self._at(where))
        return replace(source, expectations=self._problems.attempt(read, source.expectations))

    def _secret(self, entries: Mapping[str, Any], where: str) -> Secret | None:
        text = self._text(entries, "secret", where)
        if text is None:
            return None
        named = self._at(f"{where}.secret")
        return self._problems.attempt(lambda: secret_place(text, named, self._path.parent), None)

    def _retention(self, entries: Mapping[str, Any], where: str) -> Retention:
        kept = self._table(entries, "retention", where)
        self._known(kept, (*_PERIODS, "within"), where)
        for key in set(kept) & set(_PERIODS):
            if type(kept[key]) is not int or kept[key] < 0:
                self._wrong(f"{where}.{key}", "write how many to keep, a whole number from 0")
        if "within" in kept and not (isinstance(kept["within"], str) and _AGE.fullmatch(kept["within"])):
            self._wrong(f"{where}.within", "write an age such as '36h', '14d' or '1y6m'")
        return Retention(**{key: kept[key] for key in (*_PERIODS, "within") if key in kept})

    def _objectives(self, entries: Mapping[str, Any], where: str) -> Objectives:
        promised = self._table(entries, "objectives", where)
        self._known(promised, _OBJECTIVES, where)
        for key in set(promised) & set(_OBJECTIVES):
            if type(promised[key]) not in {int, float} or not promised[key] > 0:
                self._wrong(f"{where}.{key}", "write a number greater than 0")
        return Objectives(**{key: promised[key] for key in _OBJECTIVES if key in promised})

    def _table(self, entries: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
        value = entries.get(key, {})
        if isinstance(value, dict):
            return value
        self._wrong(where, "write a table")
        return {}

    def _text(self, entries: Mapping[str, Any], key: str, where: str) -> str | None:
        value = entries.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self._wrong(f"{where}.{key}".lstrip("."), "write a text in quotes")
        return None

    def _known(self, entries: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in entries:
            if key not in known:
                name = f"{where}.{key}".lstrip(".")
                self._problems.add(f"{self._at(name)} is not known", nearest(key, known))

    def _wrong(self, where: str, cure: str) -> None:
        self._problems.add(f"{self._at(where)} is not usable", cure)

    def _at(self, where: str) -> str:
        return f"key {where} in {self._path}"
