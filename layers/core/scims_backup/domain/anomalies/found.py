"""All that is odd about one night beside those before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from scims_backup.domain.anomalies.figures import DURATION, IN_ALL, SIZE, Compared, odd
from scims_backup.domain.anomalies.frozen import frozen_nights
from scims_backup.domain.anomalies.losses import OddTable, came, losses
from scims_backup.domain.anomalies.stored import stored_more
from scims_backup.domain.run_record import RunRecord


@dataclass(frozen=True)
class Anomalies:
    """What is odd about a night.

    size, stored: of its archive, and what the vault added for it, in bytes.
    duration: in seconds.
    in_all: rows in all.
    lost: the greatest losses first.
    came: new tables as large as all others.
    frozen: for how many nights in a row there has been not a row more or less.
    """

    size: Compared | None = None
    stored: Compared | None = None
    duration: Compared | None = None
    in_all: Compared | None = None
    lost: tuple[OddTable, ...] = ()
    came: tuple[str, ...] = ()
    frozen: int = 0

    def __bool__(self) -> bool:
        return self != Anomalies()


def anomalies(nights: Sequence[RunRecord], uncounted: Collection[str] = ()) -> Anomalies:
    """Say what is odd about the last of some nights, oldest first.

    uncounted: what is there in the last night, though nothing of it was counted.
    """
    return Anomalies(
        odd(SIZE, nights),
        stored_more(nights),
        odd(DURATION, nights),
        odd(IN_ALL, nights),
        losses(nights, uncounted),
        came(nights),
        frozen_nights(nights),
    )
