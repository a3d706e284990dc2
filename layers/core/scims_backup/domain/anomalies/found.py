"""All that is odd about one night beside those before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from scims_backup.domain.anomalies.figures import DURATION, IN_ALL, SIZE, Compared, newly_odd
from scims_backup.domain.anomalies.frozen import newly_frozen
from scims_backup.domain.anomalies.losses import OddTable, came, new_losses
from scims_backup.domain.anomalies.stored import newly_stored_more
from scims_backup.domain.run_record import RunRecord


@dataclass(frozen=True)
class Anomalies:
    """What is odd since a night.

    size, stored: of its archive, and what the vault added for it, in bytes.
    duration: in seconds.
    in_all: rows in all.
    lost: the greatest losses first.
    came: new tables as large as all others.
    is_frozen: not a row more or less for a week.
    """

    size: Compared | None = None
    stored: Compared | None = None
    duration: Compared | None = None
    in_all: Compared | None = None
    lost: tuple[OddTable, ...] = ()
    came: tuple[str, ...] = ()
    is_frozen: bool = False

    def __bool__(self) -> bool:
        return self != Anomalies()


def anomalies(nights: Sequence[RunRecord], uncounted: Collection[str] = ()) -> Anomalies:
    """Say what is odd about the last of some nights, oldest first, that was not odd the night before.

    uncounted: what is there in the last night, though nothing of it was counted.
    """
    return Anomalies(
        newly_odd(SIZE, nights),
        newly_stored_more(nights),
        newly_odd(DURATION, nights),
        newly_odd(IN_ALL, nights),
        new_losses(nights, uncounted),
        came(nights),
        newly_frozen(nights),
    )
