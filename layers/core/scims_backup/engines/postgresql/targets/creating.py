"""Creating the database that a backup is restored into, and the roles that it needs."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping

from psycopg import sql

from scims_backup.domain.errors import TargetError
from scims_backup.engines.postgresql.rules.database_names import left_by_restores
from scims_backup.engines.postgresql.rules.managed import SUPERUSER_ONLY, is_own_role
from scims_backup.engines.postgresql.rules.proof import Facets, Proof, Server
from scims_backup.engines.postgresql.targets import managed_owners
from scims_backup.engines.postgresql.targets.dropping import drop_unkept
from scims_backup.engines.postgresql.targets.role_statements import (
    create_role,
    grant_all,
    roles_of,
    set_for_role,
)
from scims_backup.engines.postgresql.targets.server import Connection, TargetServer, is_superuser
from scims_backup.engines.postgresql.targets.target_errors import target_error, targeting
from scims_backup.engines.postgresql.targets.template_changes import template_changes
from scims_backup.engines.postgresql.targets.unknown_settings import UNKNOWN, write_for_role
from scims_backup.ports import Progress

_LOCALE_PROVIDERS_SINCE = 15
_ROLES = "SELECT rolname FROM pg_catalog.pg_roles"


def reserve(connection: Connection, name: str) -> None:
    """Have a name while the connection lives: what died lets it go. connection: to maintenance."""
    with targeting(f"reserving the name {name}"):
        connection.execute("SELECT pg_catalog.pg_advisory_lock(%s)", [_number(name)])


def drop_leftovers(server: TargetServer, connection: Connection, progress: Progress) -> None:
    """Drop the leftovers of failed restores; running restores have their names reserved.

    What cannot be dropped is noted, and is in nobody's way.
    """
    for name in left_by_restores(server.names(connection), server.live):
        with targeting(f"checking whether {name} is in use"):
            ((dead,),) = connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", [_number(name)])
        if dead:
            progress.note(f"dropping {name}, left behind by a failed restore")
            drop_unkept(server, connection, name, progress)
            with targeting(f"releasing the name {name}"):
                connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s)", [_number(name)])


def create_roles(server: TargetServer, connection: Connection, like: Proof) -> list[str]:
    """Create the source's roles that are not here, without passwords; return their names.

    Roles that are here stay as they are. A role that is not a superuser cannot make one, nor needs the
    source's first one. connection: to maintenance.
    """
    with targeting("listing the roles"):
        here = {name for (name,) in connection.execute(_ROLES)}
    superuser = is_superuser(connection)
    created = []
    for role, facets in roles_of(like, bootstrap=superuser or server.managed):
        if role not in here and not (server.managed and is_own_role(role)):
            with targeting(f"creating role {role}"):
                may_have = facets if superuser else _humbled(facets, managed=server.managed)
                connection.execute(create_role(role, may_have))
            created.append(role)
    if server.managed:
        managed_owners.join(connection, created)
    everybody = None if server.own is None else [role for role, _ in roles_of(like, bootstrap=True)]
    _grant_to(connection, everybody or created, like, managed=server.managed)
    return created


def set_for_roles(server: TargetServer, like: Proof, created: Collection[str], progress: Progress) -> None:
    """Give the roles that were created their settings, once these cannot disturb a restore.

    In a sandbox that is all of them, and one that it does not know is written unread; elsewhere it is noted.
    A setting whose value the proof does not keep is left out.
    """
    own = server.is_disposable
    with server.maintenance() as connection:
        for facets in _role_settings(like, created, own=own):
            try:
                with targeting(f"setting {facets['setting']} of a role"):
                    _set_for_role(connection, facets, own=server.own is not None)
            except TargetError as error:
                if own:
                    raise
                progress.note(f"{error.message}: set it manually")


def _set_for_role(connection: Connection, facets: Facets, *, own: bool) -> None:
    try:
        with connection.transaction():
            set_for_role(connection, facets)
    except UNKNOWN:
        if not own:
            raise
        write_for_role(connection, facets)


def _role_settings(like: Proof, created: Collection[str], *, own: bool) -> Iterator[Facets]:
    of_roles = like.schema.get("role-setting", {}).values()
    yield from (one for one in of_roles if "value" in one and (own or one["role"] in created))
    if own:
        yield from (one for one in like.schema.get("all-roles-setting", {}).values() if "value" in one)


def _humbled(facets: Facets, *, managed: bool) -> Facets:
    """What a role may be given without a superuser. In RDS all inherit, until everything is restored."""
    humbled = {**facets, **dict.fromkeys(SUPERUSER_ONLY, False)}
    return {**humbled, "inherit": True} if managed else humbled


def _grant_to(connection: Connection, roles: list[str], like: Proof, *, managed: bool) -> None:
    """Grant roles what they had; in RDS by ourselves, since only a superuser may name another grantor."""
    memberships = [
        {**facets, "grantor": None} if managed else _without_grantor(facets, like.server.bootstrap_role)
        for facets in like.schema.get("role-membership", {}).values()
        if facets["member"] in roles or facets["role"] in roles
    ]
    refused = grant_all(connection, memberships)
    if refused is not None:
        facets, error = refused
        raise target_error(error, f"granting {facets['role']} to {facets['member']}")


def _without_grantor(facets: Facets, bootstrap: str) -> Facets:
    """Let the restoring role grant what the source's bootstrap role did: that role may not exist here."""
    return {**facets, "grantor": None} if facets["grantor"] == bootstrap else facets


def create_database(server: TargetServer, connection: Connection, name: str, like: Proof) -> None:
    """Create an empty database with the source's encoding and locale, and what its template had."""
    with targeting(f"creating database {name}"):
        connection.execute(creation(name, like.server, connection.info.server_version // 10000))
    if server.managed:
        with server.connected(name) as fresh:
            managed_owners.let_create(fresh, like)
    changes = list(template_changes(like))
    if changes:
        with server.connected(name) as fresh, targeting(f"preparing database {name}"):
            for statement in changes:
                fresh.execute(statement)


def creation(name: str, like: Server, major: int) -> sql.Composed:
    """The statement that creates a database as the source's was. major: of the target."""
    template = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {}")
    words: list[sql.Composed | sql.SQL] = [template.format(sql.Identifier(name), sql.Literal(like.encoding))]
    if major >= _LOCALE_PROVIDERS_SINCE:
        words += _provider(like.facts)
    for fact in ("lc_collate", "lc_ctype"):
        if fact in like.facts:
            words.append(sql.SQL(f"{fact.upper()} {{}}").format(sql.Literal(like.facts[fact])))
    return sql.SQL(" ").join(words)


def _provider(facts: Mapping[str, str]) -> Iterator[sql.Composed | sql.SQL]:
    locale = sql.Literal(facts.get("locale", ""))
    match facts.get("locale_provider", "c"):
        case "i":
            yield sql.SQL("LOCALE_PROVIDER icu ICU_LOCALE {}").format(locale)
            if "icu_rules" in facts:
                yield sql.SQL("ICU_RULES {}").format(sql.Literal(facts["icu_rules"]))
        case "b":
            yield sql.SQL("LOCALE_PROVIDER builtin BUILTIN_LOCALE {}").format(locale)
        case _:
            yield sql.SQL("LOCALE_PROVIDER libc")


def _number(name: str) -> int:
    """The key of an advisory lock: ours by its upper half, and the name's by its lower one."""
    return (0x5C1_B5 << 32) | zlib.crc32(name.encode())
