"""The words of a mail: what happened, what it means for the data, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The words for one kind.

    title: what happened, for subjects
    meaning: what that means
    advice: what to do about it
    commands: what to look further with, where `{backup}`, `{held}`, `{source}`, `{topic}` and `{digest}`
        stand for the event's
    headline: facts worth being in the subject, where no text is among them that says more
    is_brief: whether the first sentence of what is said is enough for the subject
    """

    title: str
    meaning: str
    advice: str
    commands: tuple[str, ...]
    headline: str = ""
    is_brief: bool = False


SHOW = "scims-backup show {backup}"
SHOW_PROVEN = "scims-backup show newest-proven --source {source}"
LIST = "scims-backup list --source {source}"
