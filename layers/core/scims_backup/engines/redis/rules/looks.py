"""The lines of the checklist about a restored Redis server."""

from __future__ import annotations

from scims_backup.domain.checklist import Look
from scims_backup.domain.checklist.lines import Topic
from scims_backup.domain.checklist.looks import APPLICATION
from scims_backup.engines.redis.rules.comparison import FUNCTIONS, VALUES
from scims_backup.engines.redis.rules.key_differences import Difference

_ELSEWHERE = (*APPLICATION, "application-cannot-work", "expectation-not-met")
"""What can be wrong with a server that equals its source in every respect."""

LOOKS = (
    Look(
        Topic("restore-correct", "The restored keys match the source"),
        but=_ELSEWHERE,
        skipped=(VALUES,),
        counted=("databases", "keys"),
    ),
    Look(
        Topic("restore-all-keys", "Every key exists, in its database"),
        kinds=(Difference.LOST, Difference.GAINED, Difference.MOVED, "keys-differ"),
        counted=("keys",),
    ),
    Look(
        Topic("restore-values", "Every key has its type and value"),
        kinds=(Difference.TYPE, Difference.VALUE, "keys-differ"),
        skipped=(VALUES,),
        counted=("keys",),
    ),
    Look(
        Topic("restore-expiries", "Every key expires when it did in the source"),
        kinds=(Difference.EXPIRY_LOST, Difference.EXPIRY_GAINED, Difference.EXPIRY_CHANGED, "keys-differ"),
        skipped=(VALUES,),
    ),
    Look(
        Topic("restore-functions", "Every function library exists, with the same code"),
        kinds=("function-lost", "function-gained", "function-changed"),
        skipped=(FUNCTIONS,),
    ),
    Look(
        Topic("restore-usable", "The restored server answers, and can be written to and read"),
        kinds=("application-cannot-work",),
    ),
)
