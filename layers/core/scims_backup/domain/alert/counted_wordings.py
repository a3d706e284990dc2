"""What a mail says about counts, in the words of the engine that counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scims_backup.domain.alert.wording import LIST, SHOW, Wording
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.words import Words


def unusual_count(words: Words) -> Wording:
    """The words for far more or far fewer than before."""
    return Wording(
        f"unusual {words.unit} count",
        f"The backup is complete, but it has far more or far fewer {words.units} than the backups before it.",
        f"Find out whether {words.units} were deleted or loaded on purpose. If not, hold the last good "
        "backup (hold --until) so that pruning does not remove it.",
        (SHOW, LIST),
        f"{{{words.units}}} in total, usually {{expected_{words.units}}}",
    )


def lost(words: Words) -> Wording:
    """The words for a table, or what the engine calls so, that lost most of what it had."""
    return Wording(
        f"{words.units} lost",
        f"The backup is complete, but the source has lost most of the {words.units} of what is listed here, "
        "or all of them. If a backup from before was left, the last one is held: no prune removes it until "
        "this alert is acknowledged.",
        f"Find out whether the {words.units} were deleted on purpose. If not, the second command restores "
        "the held backup beside the live data. If they were, acknowledge the alert, so that retention "
        "continues: scims-backup ack.",
        (SHOW, "scims-backup restore {held}"),
    )


def frozen(words: Words) -> Wording:
    """The words for a source that does not change any more."""
    return Wording(
        f"{words.units} frozen",
        f"The backup is complete, but for a week no {words.unit} has come or gone. Before, that happened "
        "nearly every night. The backups may be of something that nobody uses any more.",
        "Find out whether the source is still the live one: an old replica, a copy or an old host name "
        "looks like this.",
        (SHOW, "scims-backup doctor --source {source}"),
        f"{{{words.units}}} for {{nights}} nights",
    )


COUNTED: Mapping[Kind, Callable[[Words], Wording]] = {
    Kind.ROW_COUNT_ANOMALY: unusual_count,
    Kind.ROWS_LOST: lost,
    Kind.ROWS_FROZEN: frozen,
}
"""What is said in the engine's own words."""


def words_of(event: Event) -> Words | None:
    """What an event says that its engine calls rows and tables; None where it does not say so."""
    unit, namespace = (event.facts.get(name) for name in ("unit", "namespace"))
    if isinstance(unit, str) and isinstance(namespace, str) and unit.isalpha() and namespace.isalpha():
        return Words(unit, namespace)
    return None
