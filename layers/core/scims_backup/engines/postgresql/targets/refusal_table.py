"""What a server says when it refuses part of an archive: whose fault that is, and what to do.

One row for each kind of refusal, each with a test. What no row knows is the backup's fault, in the server's
own words and without a guessed cure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """A refusal as pg_restore reported it.

    text: the server's primary message, or pg_restore's own
    state: its SQLSTATE, None where it is not known
    command: what it was about, e.g. `CREATE EXTENSION` or `COPY`
    in_function: whether a function's body failed
    own: whether pg_restore itself says so, and no server
    """

    text: str
    state: str | None = None
    command: str = ""
    in_function: bool = False
    own: bool = False


@dataclass(frozen=True)
class Row:
    """One kind of refusal.

    states: its SQLSTATEs (or classes of them), empty where these do not distinguish it
    says: a pattern in the message, empty where the state is enough
    during: a pattern of the command
    in_function, own: as of Seen, None where that does not matter
    cure: for the reader, with the fields of a Receiver in braces
    """

    cure: str
    states: tuple[str, ...] = ()
    says: str = ""
    during: str = ""
    in_function: bool | None = None
    own: bool | None = None

    def knows(self, seen: Seen) -> bool:
        """Say whether a refusal is of this kind; without a state, only the message can show that."""
        if seen.state is None and not self.says:
            return False
        return (
            (not self.states or seen.state is None or seen.state.startswith(self.states))
            and re.search(self.says, seen.text) is not None
            and re.search(self.during, seen.command) is not None
            and self.in_function in (None, seen.in_function)
            and self.own in (None, seen.own)
        )


_ROOM = r"No space left on device|Disk quota exceeded|could not extend file"
_MEMORY = (
    r"out of (shared )?memory|could not resize shared memory|Cannot allocate memory|could not fork"
    r"|Too many open files|too many clients|too many connections|connection slots"
)
CONNECTION_LOST = (
    r"server closed the connection|terminating connection|connection to server .* failed"
    r"|could not connect to server|could not (send|receive) data|no connection to the server"
    r"|SSL (SYSCALL )?error|the database system is (starting up|shutting down|in recovery)"
)
_LOCALE = (
    r"invalid locale name|invalid LC_|could not create locale|collation \".*\" (for .* )?does not exist"
    r"|ICU is not supported|could not open collator|unrecognized locale|locale .* is not"
    r"|encoding .* does not match locale|invalid value for parameter \"lc_"
)
_EXTENSION = (
    r"extension \".*\" is not available|could not open extension control file|has no installation script"
)
_PRELOAD = r"must be (pre)?loaded|shared_preload_libraries|can only be loaded via"
_FILE = (
    r"could not open (dictionary|affix|stop-word|thesaurus|synonym|unaccent) file"
    r"|could not open configuration file"
)

LACKING = (
    Row("install that extension for PostgreSQL {major} on {machine}", says=_EXTENSION),
    Row("preload that library on {machine} (shared_preload_libraries), with its settings", says=_PRELOAD),
    Row(
        "preload that extension's library on {machine} (shared_preload_libraries), with its settings",
        ("42704",),
        "unrecognized configuration parameter",
        during="EXTENSION",
    ),
    Row(
        "this extension works only in the database named in its setting (pg_cron: cron.database_name): "
        "restore by hand on a server where that is the new database, or drop the extension in the source",
        says="can only create extension in database",
    ),
    Row(
        "install that library for PostgreSQL {major} on {machine}",
        says=r"could not (access|load|open) (file|library)(?!.*control)",
    ),
    Row("copy that file from the source's server to {machine}", says=_FILE),
    Row("copy the server files that this requires from the source's server to {machine}", ("F0000",)),
    Row(
        "install that locale on {machine} (locale-gen), or programs of PostgreSQL {major}"
        " with ICU (the distribution's packages have it)",
        says=_LOCALE,
    ),
    Row(
        "install current time zones on {machine} (the package tzdata)",
        says=r'time zone "?.*"? not recognized',
    ),
    Row(
        "use programs of PostgreSQL {major} that are built with that feature (the distribution's packages "
        "are)",
        says=r"not supported (by|in) this build|unsupported XML feature|unsupported LZ4|lz4 is not supported",
    ),
    Row(
        "use programs of PostgreSQL {major} at least as new as the pg_dump of the backup",
        says=r"unsupported version .* in file header",
        own=True,
    ),
    Row("{room}", ("53100",)),
    Row("{room}", says=_ROOM),
    Row("{larger}", ("53200", "53300", "53400")),
    Row("{larger}", says=_MEMORY),
    Row("{again}: other sessions held these tables", ("40P01", "55P03")),
    Row(
        "{again}: other sessions held these tables",
        says=r"deadlock detected|canceling statement due to lock timeout",
    ),
    Row("{again}", ("57014",)),
    Row("{again}; the restore target must be reachable from here", ("08", "57P")),
    Row("{again}; the restore target must be reachable from here", says=CONNECTION_LOST),
    Row("check the disk of {machine}, then {again}", ("58030",)),
    Row("move the source's database to the default tablespace", says=r"tablespace \".*\" does not exist"),
)
"""What the server that is restored to lacks: it says nothing about the backup."""

RIGHTS = Row(
    "",
    ("42501",),
    r"must be (superuser|(a )?member|owner|able to)|permission denied|only (a |the )?superusers? "
    r"|superuser-only",
)
"""A role that may not do what a restore does."""

CONDEMNING = (
    Row(
        "the source has rows whose referenced row is missing, e.g. written with session_replication_role = "
        "replica: complete or remove these rows there, then take a new backup",
        ("23503",),
        "violates foreign key constraint",
    ),
    Row(
        "the source has duplicate keys, so its index is damaged, e.g. by a collation change: remove the "
        "duplicates there, REINDEX, then take a new backup",
        ("23505",),
        "could not create unique index",
    ),
    Row(
        "the source has rows that violate its own constraint, or that constraint reads other tables that "
        "are still empty when the rows are loaded: correct the rows, or turn the constraint into a trigger, "
        "then take a new backup",
        ("23514",),
        "violates check constraint",
        during="COPY",
    ),
    Row(
        "the source has rows that violate its own constraint: correct them there, then take a new backup",
        ("23502", "23514", "23P01"),
        r"violates check constraint|contains null values|violates not-null|exclusion constraint",
    ),
    Row(
        "rows refer to a dropped role, in a column of type aclitem or regrole: correct these rows in the "
        "source, then take a new backup",
        ("42704",),
        r'role ".*" does not exist',
        during="COPY",
    ),
    Row(
        "rows contain values that PostgreSQL writes but cannot read back, e.g. a copy of a catalog column "
        "(pg_node_tree): store them as text, then take a new backup",
        ("0A000",),
        r"cannot accept a value of type|is not implemented",
        during="COPY",
    ),
    Row(
        "a dropped role is still in the grants of an extension's object (pg_init_privs): DROP and CREATE "
        "the extension in the source, then take a new backup",
        ("42704",),
        r'role "\d+" does not exist',
    ),
    Row("the role is not in the proof: take a new backup", ("42704",), r'role ".*" does not exist'),
    Row(
        "the table belongs to an extension, and dumps omit columns added to it: move them into a table of "
        "your own, then take a new backup",
        ("42703",),
        r'column ".*" of relation ".*" does not exist',
        during="COPY",
    ),
    Row(
        "rows contain the name of an object that a restore creates after them, e.g. an index in a column of "
        "type regclass: store these names as text, then take a new backup",
        says=r'(relation|function|type|operator|schema|role) ".*" does not exist',
        during="COPY",
        in_function=False,
    ),
    Row(
        "a function relies on the search_path, which is empty in a restore: add SET search_path to it, or "
        "qualify the names in its body, then take a new backup",
        says=r"(function|relation|type|operator|schema) .* does not exist|operator does not exist",
        in_function=True,
    ),
    Row(
        "the view relies on the search_path, which is empty in a restore: qualify the names in the texts "
        "that it passes to functions (ts_stat), then take a new backup",
        says=r"(function|relation|type|operator|schema) .* does not exist",
        during="REFRESH MATERIALIZED VIEW",
        in_function=False,
    ),
    Row(
        "the view reads another view through a function, so a dump cannot order the two: make it read that "
        "view directly, then take a new backup",
        ("55000",),
        "has not been populated",
        during="REFRESH MATERIALIZED VIEW",
    ),
    Row(
        "the archive cannot be read to its end: verify the backup, then take a new one",
        says=r"input file|magic string|end of file|block (ID|type)|header|TOC|corrupt|inflate|decompress",
        own=True,
    ),
)
"""What the archive itself is to blame for."""
