"""How a source stands in one respect: what status, doctor, list, checklist and mails say of it alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How good something is."""

    FINE = "fine"
    WARNING = "warning"
    CRITICAL = "critical"


_WORST_FIRST = (Standing.CRITICAL, Standing.WARNING, Standing.FINE)


class Topic(StrEnum):
    """What is judged. The first three are the names of doctor's checks, a contract."""

    NEWEST = "last-backup"
    PROVEN = "last-drill"
    VERDICT = "newest-verdict"
    RUNS = "last-run"
    DOCUMENTS = "documents"
    RESTORE_TIME = "restore-time"
    QUOTA = "quota"
    COPY = "copy-age"
    ALERTS = "open-alerts"


@dataclass(frozen=True)
class Judged:
    """The judgement of one topic.

    message: what is so.
    cure: the next command, or what else to do; may be empty.
    is_known: False where nobody can know yet: it is then neither so nor not so.
    """

    topic: Topic
    standing: Standing
    message: str
    cure: str = ""
    is_known: bool = True


def worst(judgements: Iterable[Judged]) -> Standing:
    """How all of it stands together: as the worst does."""
    found = {one.standing for one in judgements}
    return next((standing for standing in _WORST_FIRST if standing in found), Standing.FINE)
