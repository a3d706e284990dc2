"""Letting only who names the live database have it replaced."""

from __future__ import annotations

from scims_backup.domain.errors import UsageError


def refuse_unconfirmed(live: str, named: str | None, what: str, cure: str) -> None:
    """Raise UsageError unless the caller named the live database.

    what: the operation that was requested.
    cure: how to name the database.
    """
    if named is None:
        raise UsageError(f"{what} requires the live database's name", cure)
    if named != live:
        raise UsageError(
            f"{named!r} is not the live database's name",
            "nothing was done; check the address of the restore target",
        )
