"""The settings of the sessions in which pg_restore works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from scims_backup.adapters.postgres.session_settings import EVALUATED, RESTORING, as_options, may_set
from scims_backup.domain.proof import Server, evaluated_by

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
    version_num: int = 0,
) -> str:
    """The text for libpq's options: a setting of the restored database must not govern its restore.

    superuser: only one may silence event triggers; in_english: whether the role may choose the messages'
    language, None if only superusers may; more: further settings; version_num: of the server, where it is
    known, for what came with one of its minor releases.
    """
    silenced = _WITHOUT_EVENT_TRIGGERS if major < 17 else _WITHOUT_EVENT_TRIGGERS_SINCE_17  # noqa: PLR2004
    pinned = may_set(RESTORING, version_num or major * 10000, superuser=superuser)
    english = {"lc_messages": "C"} if in_english else {}
    return as_options({**pinned, **(silenced if superuser else {}), **english, **(more or {})})


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
