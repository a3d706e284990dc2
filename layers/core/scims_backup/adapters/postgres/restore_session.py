"""The settings of the sessions in which pg_restore works."""

from __future__ import annotations

from collections.abc import Mapping

# a setting of the restored database must not govern its restore: these take precedence over it
_SESSION = {
    "default_transaction_read_only": "off",
    "default_transaction_isolation": r"read\ committed",
    "role": "none",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "lock_timeout": "0",
}
# pg_restore creates the event triggers before it refreshes materialized views, which sets them off;
# foreign keys are validated all the same, by a query
_WITHOUT_EVENT_TRIGGERS = {"session_replication_role": "replica"}
# who is at fault is read from the messages
_IN_ENGLISH = {"lc_messages": "C"}
_WITHOUT_EVENT_TRIGGERS_SINCE_17 = {"event_triggers": "off"}


def restore_session(
    major: int,
    *,
    superuser: bool = True,
    in_english: bool | None = None,
    more: Mapping[str, str] | None = None,
) -> str:
    """The text for PGOPTIONS.

    superuser: only one may silence event triggers; in_english: whether the role may choose the messages'
    language, None if only superusers may; more: further settings.
    """
    silenced = _WITHOUT_EVENT_TRIGGERS if major < 17 else _WITHOUT_EVENT_TRIGGERS_SINCE_17  # noqa: PLR2004
    settings = {
        **_SESSION,
        **(silenced if superuser else {}),
        **(_IN_ENGLISH if (superuser if in_english is None else in_english) else {}),
        **(more or {}),
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())
