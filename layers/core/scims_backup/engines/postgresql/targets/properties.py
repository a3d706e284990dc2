"""What an archive says of its database itself (owner, settings, grants, comment), for one of any name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.targets.contents import read_archive
from scims_backup.engines.postgresql.targets.server import Connection
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.engines.postgresql.targets.unknown_settings import write_unread

_ENTRY = re.compile(rb"\d+; \d+ \d+ (DATABASE( PROPERTIES)?|(ACL|COMMENT|SECURITY LABEL) - DATABASE) ")
_SESSION = re.compile(rb"^SET (?:client_encoding|standard_conforming_strings) = [^;\n]+;", re.MULTILINE)
"""How to read the script's texts."""
_AS_BYTES = ("utf-8", "surrogateescape")
_OURS = re.compile(r"(ALTER DATABASE|ALTER ROLE|COMMENT ON DATABASE|GRANT|REVOKE|SECURITY LABEL)\b")
_CUSTOM = re.compile(r"""ALTER DATABASE (?:"(?:[^"]|"")+"|[\w$]+) SET "?[\w$]+\.""")
_TOKEN = re.compile(
    r"""(?P<command>^\\[^\n]*$) | (?P<comment>--[^\n]*)
      | (?P<text>[Ee]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*') | (?P<name>"(?:[^"]|"")*")
      | (?P<word>\w[\w$]*) | (?P<end>;) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def apply_properties(
    connection: Connection, programs: ClientPrograms, head: Path, name: str, *, disposable: bool = False
) -> None:
    """Give a database what the archive's own had.

    head: the archive up to the end of its contents table.
    disposable: nobody will use this server, so a setting that it does not take is written into its catalog.
    connection: to that database, whose encoding the texts are in, while its name is in that of the server;
        so both are passed on byte by byte. It reads texts as the archive has them afterwards.
    """
    script = _script(programs, head)
    with targeting(f"giving {name} the source's database settings and grants"):
        for setting in _SESSION.findall(script):
            connection.execute(setting)
        for statement in property_statements(script.decode(*_AS_BYTES), name):
            _apply(connection, statement, disposable=disposable)


def apply_custom_settings(
    connection: Connection, programs: ClientPrograms, head: Path, name: str, *, disposable: bool = False
) -> None:
    """Give a database the application's own settings (`app.tenant`) alone: its definitions may ask for them.

    As `apply_properties`, which follows when all data are there: other settings would govern the restore.
    """
    with targeting(f"giving {name} the application's settings"):
        for statement in property_statements(_script(programs, head).decode(*_AS_BYTES), name):
            if _CUSTOM.match(statement):
                _apply(connection, statement, disposable=disposable)


def _apply(connection: Connection, statement: str, *, disposable: bool) -> None:
    try:
        connection.execute(statement.encode(*_AS_BYTES))
    except psycopg.Error as error:
        if not disposable:
            raise
        write_unread(connection, statement, error)


def property_statements(script: str, name: str) -> Iterator[str]:
    """Yield the statements about the database, of a script that pg_restore wrote, about a database `name`.

    Only the word after DATABASE is replaced: a name within a text is not the database's.
    """
    statement: list[str] = []
    after_database = False
    for token in _TOKEN.finditer(script):
        kind, text = token.lastgroup, token[0]
        if kind in ("command", "comment"):
            continue
        if kind == "end":
            written = "".join(statement).strip()
            if _OURS.match(written):
                yield written
            statement, after_database = [], False
        elif after_database and kind in ("word", "name"):
            statement.append(sql.Identifier(name).as_string())
            after_database = False
        else:
            statement.append(text)
            after_database = text == "DATABASE" or (after_database and text.isspace())


def _script(programs: ClientPrograms, head: Path) -> bytes:
    """What pg_restore would run for the database's own entries."""
    contents = read_archive(programs, "--create", "--list", str(head))
    chosen = head.with_suffix(".list")
    chosen.write_bytes(b"\n".join(line for line in contents.splitlines() if _ENTRY.match(line)))
    return read_archive(programs, "--create", f"--use-list={chosen}", "--file=-", str(head))
