"""Conditions: what lasts until it is mended, from the mail that opens it to the one that says it is over."""

from scims_backup.domain.conditions.causes import LIVES, Cause, cause_of, causes_ended_by
from scims_backup.domain.conditions.condition import Condition, Due, Place, first_end, place_of
from scims_backup.domain.conditions.records import Acknowledged, Ended, Mailed, Problem

__all__ = [
    "LIVES",
    "Acknowledged",
    "Cause",
    "Condition",
    "Due",
    "Ended",
    "Mailed",
    "Place",
    "Problem",
    "cause_of",
    "causes_ended_by",
    "first_end",
    "place_of",
]
