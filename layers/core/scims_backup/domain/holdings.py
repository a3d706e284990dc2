"""How much each table of a source holds, in its engine's unit: what one night is compared with another by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Holdings:
    """What a proof counted, by table or whatever the engine's words call it.

    expiring: how many of them go by themselves.
    uncounted: what is there too, though nothing of it was counted.
    """

    counts: Mapping[str, int]
    expiring: Mapping[str, int] = field(default_factory=dict)
    uncounted: Collection[str] = ()
