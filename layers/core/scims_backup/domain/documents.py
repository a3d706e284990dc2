"""Reading versioned JSON documents: damage and newer versions are refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from scims_backup.domain.errors import DocumentError, ScimsBackupError

_T = TypeVar("_T")
_RESTORE_IT = "restore this object from the catalog's older versions, or take a new backup"


def parsed(data: bytes, name: str, newest_version: int) -> dict[str, Any]:
    """Parse a document. Raise DocumentError if it is not JSON, has no version, or a newer one.

    name: where it was read, for the message; newest_version: the newest that this program knows.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} is damaged: it is not JSON", _RESTORE_IT) from error
    if not isinstance(document, dict) or not isinstance(document.get("version"), int):
        raise DocumentError(f"{name} is damaged: it has no version", _RESTORE_IT)
    version = document["version"]
    if version > newest_version:
        message = f"{name} has version {version}; the newest this program supports is {newest_version}"
        raise DocumentError(message, "upgrade scims-backup")
    return document


@contextmanager
def checked(name: str) -> Iterator[None]:
    """Turn a missing or ill-typed field met inside into a DocumentError that names the document."""
    try:
        yield
    except ScimsBackupError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError(f"{name} is damaged: {type(error).__name__}: {error}", _RESTORE_IT) from error


def typed(value: object, kind: type[_T]) -> _T:
    """Return a value of a document. Raise TypeError if it is of another JSON type; `true` is no number."""
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected, {type(value).__name__} found")
    return value


def moment_in(value: object) -> datetime:
    """Return a moment with its offset. Raise ValueError or TypeError if it is something else."""
    moment = datetime.fromisoformat(typed(value, str))
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return moment


def texts(value: object) -> dict[str, str]:
    """Return an object whose values are texts. Raise TypeError if it is something else."""
    return {key: typed(text, str) for key, text in typed(value, dict).items()}
