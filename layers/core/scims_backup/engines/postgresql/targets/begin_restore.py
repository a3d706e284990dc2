"""What every restore starts with: its own name, the roles and an empty database."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.engines.postgresql.rules import database_names
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets import creating
from scims_backup.engines.postgresql.targets.dropping import drop_unkept
from scims_backup.engines.postgresql.targets.folders import own_folder
from scims_backup.engines.postgresql.targets.restore_session import evaluated_as_in
from scims_backup.engines.postgresql.targets.server import TargetServer, is_superuser, may_choose_messages
from scims_backup.engines.postgresql.targets.target_programs import programs_for
from scims_backup.engines.postgresql.targets.tools import Tools
from scims_backup.ports import Progress


@dataclass(frozen=True)
class Begun:
    """An empty database, and what to fill it with.

    name: the database's.
    """

    tools: Tools
    name: str
    roles_created: Sequence[str]


@contextmanager
def begun(server: TargetServer, directory: Path | None, like: Proof, progress: Progress) -> Iterator[Begun]:
    """Create a database that resembles the source's, under a name that is dropped if nobody keeps it.

    directory: of PostgreSQL's programs, None to search for them. Raise TargetError or ToolMissingError.
    """
    with server.maintenance() as connection, own_folder(progress, server.folder) as folder:
        name = _name_on(server, server.names(connection) if server.managed else ())
        creating.reserve(connection, name)
        creating.drop_leftovers(server, connection, progress)
        tools = Tools(
            server,
            programs_for(connection, like, directory),
            folder,
            superuser=is_superuser(connection),
            in_english=may_choose_messages(connection),
            evaluated=evaluated_as_in(like.server, connection),
        )
        roles = creating.create_roles(server, connection, like)
        try:
            creating.create_database(server, connection, name, like)
            yield Begun(tools, name, roles)
        finally:
            if not server.is_disposable:  # a sandbox goes as a whole
                drop_unkept(server, connection, name, progress)


def _name_on(server: TargetServer, taken: Collection[str]) -> str:
    """A sandbox's database is called as the source's: extensions and functions may know that name.

    taken: names that the server came with, and that nobody of ours can drop.
    """
    if server.is_disposable and server.live not in taken:
        return server.live
    return database_names.being_restored(server.live, secrets.token_hex(4))
