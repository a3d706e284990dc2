"""Reading a settings document (TOML); docs/cli.md describes it."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Key, Keys, KeysOf, Written, key, keys_of
from scims_backup.settings.labels import NO_LABELS, Labels, read_labels
from scims_backup.settings.notifying import PingKeys, Receiver, read_receivers, unknown_sources
from scims_backup.settings.source_keys import SourceTable, source_in
from scims_backup.settings.toml_tables import as_table, table_of, values_in
from scims_backup.settings.values import read_size


@dataclass(frozen=True, kw_only=True)
class Document(Keys):
    """A settings document.

    receivers: a table for each, by the name that the operator gave it
    sources: a table for each
    wrong: what is wrong in each source's table; a command reports that of the sources that it is about
    path: where it was read, a file or a variable
    """

    catalog: Written | None = key(
        Written.unread,
        "place of manifests, proofs, drills and events",
        option="--catalog file:///DIR or s3://BUCKET/PREFIX",
        variable="SCIMS_CATALOG",
        title="the catalog",
    )
    quota: int | None = key(read_size, "limit for all places together, checked by `storage`")
    labels: Labels = key(read_labels, "[labels](#labels) of every source's backups", default=NO_LABELS)
    ping: PingKeys = key(table_of(PingKeys), "what runs [ping](notify.md#pings)", default=PingKeys())
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    sources: Mapping[str, SourceTable] = field(default_factory=dict)
    wrong: Mapping[str, Problems] = field(default_factory=dict)
    path: str = ""


def read_document(path: Path, problems: Problems, engine_keys: KeysOf) -> Document:
    """Read a document. Raise UsageError if it cannot be read at all.

    problems: gets what is wrong outside of the sources' tables
    engine_keys: returns the keys of the engine that an address is of
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"settings document {path} cannot be read: {error.strerror}", "check --config"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"settings document {path} is not valid TOML: {error}", "see docs/cli.md") from None
    return _document_in(text, str(path), path.parent, problems, engine_keys)


def document_in(text: str, name: str, problems: Problems, engine_keys: KeysOf) -> Document:
    """Read a document that is no file, so that paths in it must be whole; otherwise as `read_document`.

    name: of the variable that holds it, for messages.
    """
    return _document_in(text, name, None, problems, engine_keys)


def _document_in(
    text: str, name: str, folder: Path | None, problems: Problems, engine_keys: KeysOf
) -> Document:
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"settings document {name} is not valid TOML: {error}", "see docs/cli.md") from None
    wrong = defaultdict[str, Problems](Problems)
    read_sources = partial(_sources, engine_keys, wrong)
    sources = Key(read_sources, "a table for each source", name="sources", field="sources")
    receivers = Key(read_receivers, "a table for each receiver", name="notify", field="receivers")
    whole = Written(entries, "", problems, name, folder)
    document = Document(path=name, wrong=wrong, **values_in(whole, (*keys_of(Document), receivers, sources)))
    for unknown in unknown_sources(document.receivers, document.sources, name):
        problems.add(unknown.message, unknown.cure)
    return document


def _sources(
    engine_keys: KeysOf, wrong: Mapping[str, Problems], written: Written
) -> Mapping[str, SourceTable]:
    tables = as_table(written)
    return {
        name: _source(name, replace(tables, problems=wrong[name]), engine_keys) for name in tables.table()
    }


def _source(name: str, sources: Written, engine_keys: KeysOf) -> SourceTable:
    sources.problems.attempt(partial(checked_source_name, name), "")
    return source_in(sources.under(name), engine_keys)
