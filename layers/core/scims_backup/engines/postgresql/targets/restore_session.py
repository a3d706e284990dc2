"""The settings of the sessions in which pg_restore works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from scims_backup.engines.postgresql.connect.session_settings import (
    ENGLISH,
    EVALUATED,
    RESTORING,
    as_options,
    may_set,
)
from scims_backup.engines.postgresql.rules.proof import Server, evaluated_by

# pg_restore creates the event triggers before it refreshes materialized views, which sets them off;
# foreign keys are validated all the same, by a query
_WITHOUT_EVENT_TRIGGERS = {"session_replication_role": "replica"}
_WITHOUT_EVENT_TRIGGERS_SINCE_17 = {"event_triggers": "off"}


def restore_session(
    major: int,
    *,
    superuser: bool = True,
    in_english: bool | None = None,
    more: Mapping[str, str] | None = None,
) -> str:
    """The text for libpq's options: a setting of the restored database must not govern its restore.

    superuser: only one may silence event triggers.
    in_english: whether the role may choose the messages' language, None if only superusers may.
    more: further settings.
    """
    speak_english = superuser if in_english is None else in_english
    silenced = _WITHOUT_EVENT_TRIGGERS if major < 17 else _WITHOUT_EVENT_TRIGGERS_SINCE_17  # noqa: PLR2004
    settings = {
        **may_set(RESTORING, major * 10000, superuser=superuser),
        **(silenced if superuser else {}),
        **({name: pin.value for name, pin in ENGLISH.items()} if speak_english else {}),
        **(more or {}),
    }
    return as_options(settings)


def evaluated_as_in(like: Server, connection: psycopg.Connection[Any]) -> dict[str, str]:
    """The source's settings by which its definitions are evaluated, as far as this server takes them.

    connection: in autocommit, to the server; its session gets them, too.
    """
    taken = {}
    for name in EVALUATED:
        value = like.facts.get(evaluated_by(name))
        if value is not None:
            try:
                connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [name, value])
            except (psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject):
                continue  # a locale or time zone that is not known here
            taken[name] = value
    return taken
