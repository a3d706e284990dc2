"""What a server can be asked beyond the common commands; versions differ."""

from __future__ import annotations

from enum import StrEnum


class Ability(StrEnum):
    """Something that a proof looks at only where the server can answer."""

    EXPIRY = "expiry"
    """PEXPIRETIME: Redis 7.0."""
    FIELD_EXPIRY = "field-expiry"
    """HPEXPIRETIME: Redis 7.4, Valkey 9.0."""
    STREAM_FIGURES = "stream-figures"
    """How many entries a stream had and a group has read, the greatest id deleted: Redis 7.0, too."""


COMMANDS = {
    "PEXPIRETIME": (Ability.EXPIRY, Ability.STREAM_FIGURES),
    "HPEXPIRETIME": (Ability.FIELD_EXPIRY,),
}
"""Which command shows what a server can be asked."""
