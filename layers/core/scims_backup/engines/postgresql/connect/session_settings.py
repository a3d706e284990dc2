"""The settings of our sessions and of pg_dump's and pg_restore's, in one place, each with its reason.

Wherever a setting was made (server, database, role, role in a database), it must change neither how a value
is written nor how it is understood: what one session writes, another one reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pin:
    """The value that a setting has in our sessions, and why.

    matters: whether a value that cannot be pinned may spoil a backup, so that it is reported.
    """

    value: str
    why: str
    matters: bool = True


LOGIN = {
    "role": Pin(
        "none", "the role that logs in has the rights; another role may not be allowed to set the others"
    )
}
"""Who we are: before all others."""

EVALUATED = {
    "datestyle": Pin(
        "ISO, YMD", "dates are written in this style, which every style can read", matters=False
    ),
    "timezone": Pin("UTC", "times are written in it, also within definitions", matters=False),
    "lc_numeric": Pin("C", "to_char and to_number", matters=False),
    "lc_time": Pin("C", "to_char and to_date", matters=False),
    "default_text_search_config": Pin("pg_catalog.simple", "the default of to_tsvector", matters=False),
}
"""What definitions are evaluated by, such as a check of `date_trunc('day', moment)`. No stored value is read
by them: a restore takes the source's own, under which its rows met the checks."""

VALUES = {
    "intervalstyle": Pin("postgres", "sql_standard reads a sign for all fields of an interval"),
    "timezone_abbreviations": Pin("Default", "moments may be read by them"),
    "extra_float_digits": Pin("3", "fewer digits make a different number"),
    "bytea_output": Pin("hex", "the digest covers the text where a container holds a bytea"),
    "lc_monetary": Pin("C", "money is written and read by it: 1.234,56 in one is 1,234.56 in another"),
    "array_nulls": Pin("on", "off reads NULL in an array as text"),
    "xmloption": Pin("content", "document refuses other values that type xml allows"),
    "xmlbinary": Pin("base64", "bytea within xml that a definition makes"),
    "standard_conforming_strings": Pin("on", "off reads a backslash in a literal differently"),
    "backslash_quote": Pin("safe_encoding", "likewise"),
    "transform_null_equals": Pin("off", "on reads `= NULL` as IS NULL"),
    "gin_fuzzy_search_limit": Pin("0", "others return only some of the rows"),
    "restrict_nonsystem_relation_kind": Pin("", "others forbid reading users' views and foreign tables"),
    "zero_damaged_pages": Pin("off", "on reads damaged pages as empty ones without an error"),
    "ignore_checksum_failure": Pin("off", "on reads damaged pages without an error"),
}
"""How values are written and understood: the same in every session."""

PATIENCE = {
    "statement_timeout": Pin("0", "reading a large table may take hours", matters=False),
    "idle_in_transaction_session_timeout": Pin("0", "a snapshot is held idle", matters=False),
    "idle_session_timeout": Pin("0", "a session is idle between two steps", matters=False),
    "transaction_timeout": Pin("0", "a dump is one transaction", matters=False),
}
ENGLISH = {"lc_messages": Pin("C", "the cause of an error is read from the messages", matters=False)}
"""Only where the role may, which need not be a superuser (15)."""

READING = {
    **LOGIN,
    **VALUES,
    **EVALUATED,
    **PATIENCE,
    **ENGLISH,
    "search_path": Pin("", "names are written with their schema, and no other function is called instead"),
    "quote_all_identifiers": Pin("on", "definitions are split by it"),
    "row_security": Pin("off", "on hides part of the rows; off raises an error that names the table"),
    "default_transaction_deferrable": Pin("off", "on makes a snapshot wait", matters=False),
    "default_transaction_isolation": Pin("read committed", "a snapshot asks for its own", matters=False),
    "synchronize_seqscans": Pin(
        "off", "another session's scan must not decide where ours starts", matters=False
    ),
    "max_parallel_workers_per_gather": Pin("0", "the source's processors belong to its users", matters=False),
}
"""For sessions that prove and look; how their texts travel is `speaking`'s to set."""

DUMPING = {
    **LOGIN,
    **VALUES,
    **EVALUATED,
    **PATIENCE,
    **ENGLISH,
    "quote_all_identifiers": Pin("off", "pg_dump quotes what must be quoted", matters=False),
    "default_transaction_deferrable": Pin("off", "on makes pg_dump wait", matters=False),
}
"""For pg_dump, which sets for itself, and to the same: datestyle, intervalstyle, extra_float_digits,
search_path, row_security, synchronize_seqscans, its timeouts, and the isolation of its transaction."""

_CHANGING = {
    "default_transaction_read_only": Pin("off", "a restore writes"),
    "default_transaction_isolation": Pin(
        "read committed", "serializable transactions can fail because of others"
    ),
    "default_transaction_deferrable": Pin("off", "on makes a transaction wait"),
    "lock_timeout": Pin("0", "nobody else uses the restored database yet"),
    "createrole_self_grant": Pin("", "others grant us the roles that we create"),
    "default_tablespace": Pin("", "a restored database stays where it was created"),
    "default_table_access_method": Pin("heap", "the archive sets it where it differs"),
}
RESTORING = {**LOGIN, **VALUES, **PATIENCE, **_CHANGING}
"""For pg_restore. An archive sets for itself: client_encoding, standard_conforming_strings, search_path,
check_function_bodies, xmloption, row_security, default_tablespace and default_table_access_method."""

TARGETING = {
    **RESTORING,
    **ENGLISH,
    "search_path": READING["search_path"],
}
"""For our own sessions on the server that is restored to."""

OF_SUPERUSERS = frozenset(
    {"lc_messages", "zero_damaged_pages", "ignore_checksum_failure", "session_replication_role"}
    | {"event_triggers"}
)
"""Who else sets one of these is refused, unless it was granted (15)."""

SINCE = {
    "transaction_timeout": (170000,),
    "createrole_self_grant": (160000,),
    "restrict_nonsystem_relation_kind": (140013, 150008, 160004, 170000),
}
"""The server_version_num from which on a setting is known: of each major at most one, then of all."""


def is_known(name: str, version_num: int) -> bool:
    """Say whether a server of this version has a setting of ours."""
    releases = SINCE.get(name, (0,))
    return any(
        since <= version_num and (since is releases[-1] or since // 10000 == version_num // 10000)
        for since in releases
    )


def may_set(pins: Mapping[str, Pin], version_num: int, *, superuser: bool) -> dict[str, str]:
    """The values of those that a server of this version has, and a role may set."""
    return {
        name: pin.value
        for name, pin in pins.items()
        if is_known(name, version_num) and (superuser or name not in OF_SUPERUSERS)
    }


def as_options(settings: Mapping[str, str]) -> str:
    """The text for libpq's parameter `options`."""
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace(" ", r"\ ")
