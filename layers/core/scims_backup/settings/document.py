"""Reading a settings document (TOML); docs/cli.md describes it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.settings.copying import CopyReader, copy_in
from scims_backup.settings.expectations import expectations_in
from scims_backup.settings.keeping import (
    check_object_lock,
    check_restic_secrets,
    object_lock_in,
    retention_in,
)
from scims_backup.settings.model import CopySettings, Document, Objectives, Secret, SourceSettings
from scims_backup.settings.places import file_place, secret_place
from scims_backup.settings.problems import Problems, nearest
from scims_backup.settings.sizes import size_of

Part = TypeVar("Part")

_MOST_HOURS = 24 * 31
_OBJECTIVES = ("rpo_hours", "proof_age_days", "rto_minutes", "copy_age_days")
_SOURCE_KEYS = (
    *("url", "secret", "vault", "vault_secret", "escrow_secret", "restore_secret", "encryption_key"),
    *("object_lock", "retention", "quota", "longest_run_hours", "objectives", "application_role"),
    *("expectations", "probe", "after_restore", "after_restore_sql", "copy"),
)


def read_document(path: Path, problems: Problems) -> Document:
    """Read a document; what is wrong in it goes to problems. Raise UsageError if it cannot be read at all."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"settings document {path} cannot be read: {error.strerror}", "check --config"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"settings document {path} is not valid TOML: {error}", "see docs/cli.md") from None
    return _document_in(text, str(path), path.parent, problems)


def document_in(text: str, name: str, problems: Problems) -> Document:
    """Read a document that is no file, so that paths in it must be whole; otherwise as `read_document`.

    name: of the variable that holds it, for messages.
    """
    return _document_in(text, name, None, problems)


def _document_in(text: str, name: str, folder: Path | None, problems: Problems) -> Document:
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"settings document {name} is not valid TOML: {error}", "see docs/cli.md") from None
    return _Reader(name, folder, problems).document(entries)


class _Reader:
    """Reads the parts of one document, and notes what is wrong with the name of the key.

    name: of the document; folder: what paths in it are relative to, None for nothing.
    """

    def __init__(self, name: str, folder: Path | None, problems: Problems) -> None:
        self._name = name
        self._folder = folder
        self._problems = problems

    def document(self, entries: Mapping[str, Any]) -> Document:
        self._known(entries, ("catalog", "quota", "sources"), "")
        sources = self._table(entries, "sources", "sources")
        return Document(
            path=self._name,
            catalog=self._text(entries, "catalog", ""),
            quota=self._size(entries, ""),
            sources={name: self._source(name, sources) for name in sources},
        )

    def _source(self, name: str, sources: Mapping[str, Any]) -> SourceSettings:
        where = f"sources.{name}"
        self._problems.attempt(lambda: checked_source_name(name), "")
        entries = self._table(sources, name, where)
        self._known(entries, _SOURCE_KEYS, where)
        source = SourceSettings(
            url=self._text(entries, "url", where),
            secret=self._secret(entries, "secret", where),
            vault=self._text(entries, "vault", where),
            vault_secret=self._secret(entries, "vault_secret", where),
            escrow_secret=self._secret(entries, "escrow_secret", where),
            restore_secret=self._secret(entries, "restore_secret", where),
            encryption_key=self._text(entries, "encryption_key", where),
            object_lock=self._part(entries, "object_lock", where, object_lock_in),
            retention=self._part(entries, "retention", where, retention_in),
            quota=self._size(entries, where),
            longest_run=self._longest_run(entries, where),
            objectives=self._objectives(entries, f"{where}.objectives"),
            application_role=self._text(entries, "application_role", where),
            probe=self._text(entries, "probe", where),
            after_restore_file=self._after_restore_file(entries, where),
            after_restore_sql=self._text(entries, "after_restore_sql", where),
            copy=self._copy(entries, f"{where}.copy"),
        )
        for check in (check_restic_secrets, check_object_lock):
            self._problems.attempt(partial(check, source, lambda key: self._at(f"{where}.{key}")), None)
        return self._with_expectations(source, entries.get("expectations"), f"{where}.expectations")

    def _with_expectations(self, source: SourceSettings, value: object, where: str) -> SourceSettings:
        if isinstance(value, str):
            place = partial(file_place, value, self._at(where), self._folder)
            return replace(source, expectations_file=self._problems.attempt(place, None))
        if value is None:
            return source
        read = partial(expectations_in, value, self._at(where))
        return replace(source, expectations=self._problems.attempt(read, source.expectations))

    def _copy(self, entries: Mapping[str, Any], where: str) -> CopySettings | None:
        if "copy" not in entries:
            return None
        return copy_in(
            self._table(entries, "copy", where),
            CopyReader(lambda key: self._at(f"{where}.{key}"), self._folder, self._problems),
        )

    def _after_restore_file(self, entries: Mapping[str, Any], where: str) -> Path | None:
        text = self._text(entries, "after_restore", where)
        if text is None:
            return None
        named = self._at(f"{where}.after_restore")
        if "after_restore_sql" in entries:
            self._problems.add(f"both {named} and after_restore_sql are set", "keep one of them")
        return self._problems.attempt(lambda: file_place(text, named, self._folder), None)

    def _secret(self, entries: Mapping[str, Any], key: str, where: str) -> Secret | None:
        text = self._text(entries, key, where)
        if text is None:
            return None
        named = self._at(f"{where}.{key}")
        return self._problems.attempt(lambda: secret_place(text, named, self._folder), None)

    def _part(
        self,
        entries: Mapping[str, Any],
        key: str,
        where: str,
        read: Callable[[Mapping[str, Any], Callable[[str], str], Problems], Part],
    ) -> Part:
        place = f"{where}.{key}"
        return read(
            self._table(entries, key, place), lambda name: self._at(f"{place}.{name}"), self._problems
        )

    def _size(self, entries: Mapping[str, Any], where: str) -> int | None:
        text = self._text(entries, "quota", where)
        if text is None:
            return None
        named = self._at(f"{where}.quota".lstrip("."))
        return self._problems.attempt(lambda: size_of(text, named), None)

    def _longest_run(self, entries: Mapping[str, Any], where: str) -> timedelta | None:
        hours = entries.get("longest_run_hours")
        if hours is None:
            return None
        if type(hours) not in {int, float} or not 0 < hours <= _MOST_HOURS:
            self._wrong(f"{where}.longest_run_hours", f"write a number of hours, up to {_MOST_HOURS}")
            return None
        return timedelta(hours=hours)

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
        self._problems.add(f"{self._at(where)} is invalid", cure)

    def _at(self, where: str) -> str:
        return f"key {where} in {self._name}"
