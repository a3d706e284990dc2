"""What a family of catalog queries yields, and how its rows become facets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString, NamedTuple

from psycopg import sql

from scims_backup.engines.postgresql.rules.names import qualified, quoted
from scims_backup.engines.postgresql.rules.proof import Facet


@dataclass(frozen=True)
class Query:
    """One catalog query; it selects the columns of Row.

    since, before: server_version_num of the servers whose catalogs have what it reads
    locking: for one whose functions lock relations until the transaction ends, how to count what it prints;
        it runs in parts then, and its text takes the parameters `part` and `parts`
    superuser: whether it is for superusers only, or for all others only; None means for everybody
    """

    text: sql.SQL | sql.Composed
    since: int = 0
    before: int = 10_000_000
    locking: LiteralString | None = None
    superuser: bool | None = None

    def fits(self, version_num: int, superuser: bool) -> bool:
        """Say whether a server of this version has what the query reads, and this role may read it."""
        return self.since <= version_num < self.before and self.superuser in {None, superuser}

    def of_members(self) -> Query | None:
        """The same query about what it leaves out: objects of extensions; None if it leaves none out."""
        conditions = [part for part in _parts(self.text) if isinstance(part, _Unowned)]
        if not conditions:
            return None
        owned = sql.SQL("NOT ({})").format(sql.SQL(" AND ").join(conditions))
        return replace(self, text=_about_members(self.text, iter([owned])))


class Row(NamedTuple):
    """One object: its qualified name is the parts joined, then the suffix; the address finds its comment."""

    kind: str
    parts: Sequence[str]
    suffix: str
    catalog: int
    oid: int
    sub: int
    facets: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name under which the proof keeps the object."""
        return qualified(*self.parts) + self.suffix

    @property
    def address(self) -> tuple[int, int, int]:
        """The object's address in pg_description and pg_seclabel."""
        return self.catalog, self.oid, self.sub


def shaped(facets: Mapping[str, Any]) -> dict[str, Facet]:
    """Turn the server's JSON into facets: names are qualified, grants written out, lists sorted."""
    return {key: _grants(value) if key == "grants" else _facet(value) for key, value in facets.items()}


def _facet(value: Any) -> Facet:  # noqa: ANN401
    if isinstance(value, dict):
        return qualified(*value["name"])
    if isinstance(value, list):
        return sorted(str(_facet(item)) for item in value)
    return value  # type: ignore[no-any-return]


def _grants(entries: Sequence[tuple[str | None, str, bool]] | None) -> list[str]:
    return sorted(
        f"{'PUBLIC' if grantee is None else quoted(grantee)}={privilege}"
        + (" WITH GRANT OPTION" if grantable else "")
        for grantee, privilege, grantable in entries or ()
    )


def grants(acl: LiteralString, kind: LiteralString, owner: LiteralString) -> sql.Composed:
    """SQL for an object's grants as a set; the default is written out, the grantor left out.

    acl, owner: SQL expressions.
    kind: acldefault's letter.
    """
    default = sql.SQL('coalesce({}, acldefault({}::"char", {}))').format(
        sql.SQL(acl), sql.Literal(kind), sql.SQL(owner)
    )
    return granted(default)


def granted(acl: sql.Composable) -> sql.Composed:
    """SQL for the entries of an access list as [grantee, privilege, grantable]."""
    return sql.SQL(
        "(SELECT jsonb_agg(jsonb_build_array("
        "   CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END, g.privilege_type, g.grantable))"
        " FROM (SELECT grantee, privilege_type, bool_or(is_grantable) AS grantable"
        "         FROM aclexplode({}) GROUP BY 1, 2) AS g)"
    ).format(acl)


class _Unowned(sql.Composed):
    """A condition that a query about members of extensions has the other way round."""


class _Foreign(sql.SQL):
    """A condition that a query about members of extensions has not: some are in pg_catalog."""


def unowned(catalog: LiteralString, oid: LiteralString) -> sql.Composed:
    """SQL that is true unless the object belongs to an extension."""
    condition = sql.SQL(
        "NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = {}::regclass"
        " AND e.objid = {} AND e.deptype = 'e')"
    ).format(sql.Literal(catalog), sql.SQL(oid))
    return _Unowned(list(condition))


def _parts(text: sql.Composable) -> Iterator[sql.Composable]:
    yield text
    if isinstance(text, sql.Composed) and not isinstance(text, _Unowned):
        for part in text:
            yield from _parts(part)


def _about_members(text: sql.Composable, conditions: Iterator[sql.Composable]) -> sql.Composed:
    """Put a condition in the place of the first one that leaves members out, and nothing in the others'."""
    if isinstance(text, _Unowned):
        return sql.Composed([next(conditions, _TRUE)])
    if isinstance(text, _Foreign):
        return sql.Composed([_TRUE])
    if isinstance(text, sql.Composed):
        return sql.Composed([_about_members(part, conditions) for part in text])
    return sql.Composed([text])


_TRUE = sql.SQL("true")


def options(column: LiteralString) -> sql.Composed:
    """SQL for the options of foreign data; of those that may hold a secret only a digest is kept."""
    return sql.SQL(
        "(SELECT jsonb_agg(CASE"
        "   WHEN o.option_name ~* 'pass|pwd|secret|token|key|credential|auth|dsn|conn|program'"
        "     OR o.option_value ~* '://[^/]*@|(pass|pwd|secret|token|key)[a-z_]*[[:space:]]*[=:]'"
        "   THEN o.option_name || ' sha256 '"
        "        || encode(sha256(convert_to(o.option_value, getdatabaseencoding())), 'hex')"
        "   ELSE o.option_name || '=' || o.option_value END)"
        " FROM pg_options_to_table({}) AS o)"
    ).format(sql.SQL(column))


FOREIGN_SCHEMAS = _Foreign("(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')")
"""SQL that is true for schemas that are not the server's own; pg_namespace is called n."""

FIRST_USER_OID = 16384
"""Objects without a schema are the server's own below this (FirstNormalObjectId in access/transam.h)."""
