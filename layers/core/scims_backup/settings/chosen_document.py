"""The settings document that an option or a variable names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scims_backup.domain.errors import UsageError
from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Keys, KeysOf, NoKeys
from scims_backup.settings.document import Document, document_in, read_document
from scims_backup.settings.flags import Flags
from scims_backup.settings.outside import Outside, StartKeys


def no_keys(_: str) -> type[Keys]:
    """Say that no engine has keys of its own."""
    return NoKeys


def chosen_document(start: StartKeys, problems: Problems, engine_keys: KeysOf = no_keys) -> Document:
    """Return the document that is named, an empty one if none is; what is wrong in it goes to problems.

    start: says where it is
    engine_keys: returns the keys of the engine that an address is of
    """
    file, text = start.config, start.document
    if file and text and not file.is_option:
        raise UsageError(
            f"both {file} and {text} are set",
            f"give the settings document once, as a file or, in {text}, as text",
        )
    if file:
        return read_document(Path(file.text()), problems, engine_keys)
    return document_in(text.text(), str(text), problems, engine_keys) if text else Document()


def every_source(flags: Flags, environment: Mapping[str, str]) -> list[str]:
    """Return the sources of the settings document, though one may be named. Raise UsageError without any."""
    outside = Outside(flags, environment, Problems())
    document = chosen_document(outside.over(StartKeys()), outside.problems)
    if not document.sources:
        raise UsageError(
            "there is no settings document with sources",
            "give --config FILE or SCIMS_CONFIG, with a table [sources.NAME] for each (docs/cli.md)",
        )
    return list(document.sources)
