"""What a restore depends on at its target, seen before anything is done."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.postgresql.connect.libpq import place_of
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.database_names import left_by_restores
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets.role_statements import roles_of
from scims_backup.engines.postgresql.targets.server import Connection, TargetServer, is_standby, is_superuser
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.ports import LiveDatabase, Surveyed

_RIGHTS = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user"
_SET_OPTION_SINCE = 160000
_MAY_GIVE_TO = """
SELECT rolname FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(current_user, oid, %s)
"""
_LIVE = """
SELECT pg_catalog.pg_database_size(d.oid),
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.datname = d.datname)
  FROM pg_catalog.pg_database AS d WHERE d.datname = %s
"""
_EXTENSIONS = "SELECT name FROM pg_catalog.pg_available_extensions"
_ROLES = """
SELECT rolname, pg_catalog.jsonb_build_object(
           'superuser', rolsuper, 'inherit', rolinherit, 'createrole', rolcreaterole, 'createdb', rolcreatedb,
           'login', rolcanlogin, 'replication', rolreplication, 'bypassrls', rolbypassrls)
  FROM pg_catalog.pg_roles
"""
_LOCALES = """
SELECT datcollate FROM pg_catalog.pg_database UNION SELECT datctype FROM pg_catalog.pg_database
UNION SELECT collcollate FROM pg_catalog.pg_collation WHERE collcollate IS NOT NULL
UNION SELECT 'C' UNION SELECT 'POSIX'
"""
# who may not see it gets no row; current_setting would fail
_DATA_DIRECTORY = "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'"
_HERE = ("localhost", "127.0.0.1", "::1")
_ICU = "SELECT EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i')"
_ROOM_FACTOR = 2
"""Of the bytes of an archive, which is not compressed: the database, and what a restore writes beside it."""


def surveyed(
    server: TargetServer,
    connection: Connection,
    like: Proof,
    archive_bytes: int,
    name: str,
    programs: Path | None,
) -> Iterator[Surveyed]:
    """Yield everything.

    connection: to maintenance.
    name: of the restored database.
    """
    with targeting(f"checking {server.address}"):
        yield from _version(connection, like, programs)
        yield from _rights(connection, like)
        yield from _databases(server, connection, name)
        yield from _extensions(connection, like)
        yield from _roles(connection, like)
        yield from _locale(connection, like)
        yield from _space(connection, archive_bytes)


def live_database(server: TargetServer, connection: Connection) -> LiveDatabase | None:
    """Return what is known of the live database, None if it is missing."""
    found = connection.execute(_LIVE, [server.live]).fetchone()
    return None if found is None else LiveDatabase(*found)


def _version(connection: Connection, like: Proof, programs: Path | None) -> Iterator[Surveyed]:
    major = connection.info.server_version // 10000
    text = f"PostgreSQL {major} here, {like.server.major} in the backup"
    yield Surveyed("version", major >= like.server.major, text)
    if is_standby(connection):
        yield Surveyed("server", False, "a standby, which cannot be written to")
    try:
        found = ClientPrograms.find(major, programs)
    except ToolMissingError as error:
        yield Surveyed("pg_restore", False, str(error))
    else:
        yield Surveyed("pg_restore", True, f"{found.version} in {found.directory}")


def _rights(connection: Connection, like: Proof) -> Iterator[Surveyed]:
    ((superuser, createdb, createrole),) = connection.execute(_RIGHTS)
    words = {"superuser": superuser, "CREATEDB": createdb, "CREATEROLE": createrole}
    has = ", ".join(word for word, given in words.items() if given) or "neither superuser nor CREATEDB"
    strangers = [] if superuser else _strangers(connection, like)
    if strangers:
        has += f"; not a member of {', '.join(strangers)}, who own objects"
    yield Surveyed(
        "rights", superuser or (createdb and not strangers), f"{place_of(connection)['user']}: {has}"
    )


def _strangers(connection: Connection, like: Proof) -> list[str]:
    """The owners of the source's objects to whom the role may not give anything."""
    objects = (facets for named in like.schema.values() for facets in named.values())
    owners = {str(facets["owner"]) for facets in objects if "owner" in facets}
    # the server's own roles own what is in every new database
    owners -= {like.server.bootstrap_role, "pg_database_owner"}
    kind = "MEMBER" if connection.info.server_version < _SET_OPTION_SINCE else "SET"
    may = {name for (name,) in connection.execute(_MAY_GIVE_TO, [kind])}
    return sorted(owners - may)


def _databases(server: TargetServer, connection: Connection, name: str) -> Iterator[Surveyed]:
    found = live_database(server, connection)
    live = "does not exist: a swap will only rename"
    if found is not None:
        live = f"{_size(found.bytes)}, connections: {found.connections}"
    yield Surveyed(f"live database {server.live}", True, live)
    names = server.names(connection)
    taken = "already exists: it will be proven again" if name in names else "free"
    yield Surveyed(f"name {name}", True, taken)
    for left in left_by_restores(names, server.live):
        yield Surveyed(
            f"database {left}",
            True,
            "of a restore that is running or failed; if it failed, it will be dropped",
        )


def _extensions(connection: Connection, like: Proof) -> Iterator[Surveyed]:
    available = {name for (name,) in connection.execute(_EXTENSIONS)}
    wanted = [fact.removeprefix("extension ") for fact in like.server.facts if fact.startswith("extension ")]
    missing = sorted(set(wanted) - available)
    yield Surveyed(
        "extensions", not missing, f"missing here: {', '.join(missing)}" if missing else _all(wanted)
    )


def _roles(connection: Connection, like: Proof) -> Iterator[Surveyed]:
    here: dict[str, dict[str, object]] = dict(connection.execute(_ROLES).fetchall())
    wanted = dict(roles_of(like, bootstrap=is_superuser(connection)))
    missing = sorted(wanted.keys() - here.keys())
    yield Surveyed(
        "roles",
        True,
        f"will be created, without passwords: {', '.join(missing)}" if missing else _all(wanted),
    )
    other = [name for name, facets in wanted.items() if name in here and not _same(here[name], dict(facets))]
    if other:
        yield Surveyed("roles with other rights", True, f"kept as they are here: {', '.join(sorted(other))}")


def _same(here: dict[str, object], wanted: dict[str, object]) -> bool:
    return all(wanted.get(attribute) == value for attribute, value in here.items())


def _locale(connection: Connection, like: Proof) -> Iterator[Surveyed]:
    """See whether the server knows the source's locale; one that it does not list may be there too."""
    known = {name for (name,) in connection.execute(_LOCALES)}
    facts = like.server.facts
    wanted = {facts[fact] for fact in ("lc_collate", "lc_ctype") if fact in facts}
    text = f"encoding {like.server.encoding}, {', '.join(sorted(wanted)) or 'no locale'}"
    suffices = True if wanted <= known else None
    if facts.get("locale_provider") == "i":
        ((suffices,),) = connection.execute(_ICU)
        text += f", {facts.get('locale')} of ICU{'' if suffices else ', which this server lacks'}"
    yield Surveyed("encoding and locale", suffices, text)


def _space(connection: Connection, archive_bytes: int) -> Iterator[Surveyed]:
    needed = _ROOM_FACTOR * archive_bytes
    host = place_of(connection)["host"]
    free = free_bytes(connection) if host.startswith(("/", "@")) or host in _HERE else None
    if free is None:
        yield Surveyed(
            "space", None, f"about {_size(needed)} required; the server does not report its free space"
        )
    else:
        yield Surveyed("space", free >= needed, f"about {_size(needed)} required, {_size(free)} free")


def free_bytes(connection: Connection) -> int | None:
    """Free bytes where the server's data are, if that is on this machine and may be seen."""
    row = connection.execute(_DATA_DIRECTORY).fetchone()
    try:
        return shutil.disk_usage(row[0]).free if row else None
    except OSError:  # it is in a container, or the way there is not ours: then it cannot be seen from here
        return None


def _all(wanted: Collection[str]) -> str:
    return f"all present: {', '.join(sorted(wanted))}" if wanted else "none required"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"  # noqa: PLR2004
