"""Warnings of what the source's catalog shows to be in no archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scims_backup.engines.postgresql.rules.proof import Unheld

MOST = 20
"""This many are named one by one."""
_BRING_BACK = "add it to after_restore, or detach it from the extension's object"
_REPAIR = (
    "as a superuser, drop and re-create the extension, or repair its row in pg_init_privs (SET "
    "allow_system_table_mods = on)"
)


def unheld_warnings(unheld: Sequence[Unheld], *, has_after_restore: bool) -> Iterator[str]:
    """Yield a warning for each, with its cure.

    has_after_restore: whether SQL is run after a restore, so that a drill says what is lost all the same.
    """
    for one in unheld:
        if one.breaks:
            yield (
                f"the archive cannot be restored: the initial grants on {one.object} (extension "
                f"{one.extension}) name a role that was dropped (OID {one.why}); {_REPAIR}"
            )
    lost = [] if has_after_restore else [one for one in unheld if not one.breaks]
    for one in lost[:MOST]:
        yield (
            f"the archive cannot contain: {one.object} of extension {one.extension}: {one.why}; {_BRING_BACK}"
        )
    if len(lost) > MOST:
        more = len(lost) - MOST
        yield f"the archive cannot contain {more} more properties of extension objects; a drill lists them"
