"""Options that the server keeps for itself: pg_dump leaves them out, and so they are nobody's loss."""

from __future__ import annotations

from scims_backup.engines.postgresql.rules.proof import Facet

KEPT_BY_THE_SERVER = frozenset({"pg_attver"})
"""The names among a column's options (pg_attribute.attoptions) that pg_dump of the same minor leaves out.

The servers of November 2026 (15.20, 17.12 and their like) number each table's columns there. A test holds
this list against pg_dump's own output: every other option is judged.
"""


def without_the_servers_own(options: Facet) -> Facet:
    """Return a column's options, as a proof has them, without those that the server keeps for itself.

    A proof that an older version of this program took may still have them.
    """
    if not isinstance(options, list):
        return options
    return [option for option in options if option.partition("=")[0] not in KEPT_BY_THE_SERVER] or None
