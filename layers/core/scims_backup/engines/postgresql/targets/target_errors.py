"""The target server's failures as domain errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from scims_backup.domain.errors import SourceChangedError, TargetError
from scims_backup.engines.postgresql.connect.postgres_errors import reason, translated

RIGHTS = "restore as a superuser, or as a role with CREATEDB that is a member of every role that owns objects"
ROOM = "make room on the target server's disk, then try again"
LOCALE = "install that locale (locale-gen) on the target server's machine"
KNOWN = (
    "this server does not support a feature that the source uses: change it in the source, or restore to a "
    "server that supports it"
)

_CURES: tuple[tuple[type[psycopg.Error], str], ...] = (
    (errors.InsufficientPrivilege, RIGHTS),
    (errors.DiskFull, ROOM),
    (errors.UndefinedObject, KNOWN),
    (errors.InvalidParameterValue, KNOWN),
)
_OF_LOCALES = (errors.WrongObjectType, errors.InvalidParameterValue)
_LOCALES = ("locale", "lc_", "LC_", "ICU")


@contextmanager
def targeting(doing: str) -> Iterator[None]:
    """Turn the driver's failures inside into a TargetError that says what was being done."""
    try:
        yield
    except psycopg.Error as error:
        raise target_error(error, doing) from None


def target_error(error: psycopg.Error, doing: str) -> TargetError:
    """The domain error for a failure of the driver.

    doing: what was tried, and on what.
    """
    if isinstance(error, _OF_LOCALES) and any(word in reason(error) for word in _LOCALES):
        return TargetError(f"{doing}: {reason(error)}", LOCALE)
    for kind, cure in _CURES:
        if isinstance(error, kind):
            return TargetError(f"{doing}: {reason(error)}", cure)
    known = translated(error, doing)
    return TargetError(known.message, "" if isinstance(known, SourceChangedError) else known.cure)
