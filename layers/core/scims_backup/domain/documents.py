"""Reading versioned JSON documents: damage and newer versions are refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from scims_backup.domain.decoding import FieldError, decode
from scims_backup.domain.errors import DocumentError

_T = TypeVar("_T")
_RESTORE_IT = "restore this object from the catalog's older versions, or take a new backup"


def read(kind: type[_T], data: bytes, name: str, newest_version: int) -> _T:
    """Read a document as a dataclass. Raise DocumentError if it is damaged, or of a newer version.

    name: where it was read, for the message.
    newest_version: the newest that this program knows.
    """
    return decoded(kind, parsed(data, name, newest_version), name)


def parsed(data: bytes, name: str, newest_version: int) -> dict[str, Any]:
    """Parse a document. Raise DocumentError if it is not JSON, has no version, or a newer one.

    name, newest_version: as for `read`.
    """
    document = json_object(data, name)
    refuse_newer(document, name, newest_version)
    return document


def json_object(data: bytes, name: str) -> dict[str, Any]:
    """Parse a JSON object that has a version. Raise DocumentError if it is something else."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise damaged(name, "it is not JSON") from error
    version = document.get("version") if isinstance(document, dict) else None
    if type(version) is not int or version < 1:
        raise damaged(name, "it has no version")
    return document  # type: ignore[no-any-return]


def refuse_newer(document: Mapping[str, Any], name: str, newest_version: int) -> None:
    """Raise DocumentError if a document has a newer version than this program knows."""
    version = document["version"]
    if version > newest_version:
        message = f"{name} has version {version}; the newest this program knows is {newest_version}"
        raise DocumentError(message, "use a newer scims-backup")


def decoded(kind: type[_T], document: object, name: str) -> _T:
    """Read a parsed document as a dataclass. Raise DocumentError if a field is missing or of another type."""
    try:
        return decode(kind, document)
    except FieldError as error:
        raise damaged(name, str(error)) from error


def damaged(name: str, why: str) -> DocumentError:
    """The error for a document that this program cannot read, though its version is known."""
    return DocumentError(f"{name} is damaged: {why}", _RESTORE_IT)
