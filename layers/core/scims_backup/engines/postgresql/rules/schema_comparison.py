"""Compare two schemas: what is missing, unexpected or changed, each named once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.facet_comparison import (
    NOT_READABLE,
    Pair,
    SameMeaning,
    compare_facets,
    labelled,
)
from scims_backup.engines.postgresql.rules.names import parts, qualified, quoted
from scims_backup.engines.postgresql.rules.proof import Facets, Proof, Schema
from scims_backup.engines.postgresql.rules.roles_comparison import judged_roles, secret_settings

RELATIONS = ("table", "foreign-table", "view", "materialized-view", "type", "domain")
_OF_RELATION = frozenset(
    {
        "column", "primary-key", "unique", "check", "exclusion", "foreign-key", "trigger", "rule", "policy",
        "domain-check",
    }
)  # fmt: skip
_WITHOUT_SCHEMA = frozenset(
    {
        "schema", "extension", "database", "database-setting", "all-roles-setting", "role", "role-membership",
        "role-setting", "role-in-database-setting", "cast", "transform", "language", "access-method",
        "event-trigger", "publication", "publication-table", "subscription", "foreign-data-wrapper",
        "foreign-server", "user-mapping", "default-privileges", "system-grants", "large-objects-of",
    }
)  # fmt: skip
_OF_ROLE = frozenset({"role-membership", "role-setting", "role-in-database-setting"})
_NOTHING_IS_EMPTY = frozenset({"system-grants"})
"""Kinds whose entries exist only while there is something to say."""

_FROM_TEMPLATE = {"schema": "public", "extension": "plpgsql"}


@dataclass(frozen=True)
class _Side:
    """One side's schema, and what the other side has that it lacks."""

    schema: Schema
    absent: frozenset[str]

    def lacks_holder(self, kind: str, name: str, facets: Facets) -> bool:
        """Say whether the table, schema or role that an object belongs to is absent itself."""
        return any(holder in self.absent for holder in holders(kind, name, facets))


def compare_schemas(
    expected: Proof, found: Proof, same_meaning: SameMeaning
) -> Iterator[Finding | NotChecked]:
    """Yield what differs; an object that is missing does not also miss its parts."""
    yield from secret_settings(expected, found.schema)
    here = _named_alike(expected.schema, judged_roles(expected, found.schema))
    source = judged_roles(expected, expected.schema)
    missing, unexpected = _Side(here, _absent(source, here)), _Side(source, _absent(here, source))
    same_major = expected.server.major == found.server.major
    for kind in sorted(source.keys() | here.keys()):
        ours, theirs = source.get(kind, {}), here.get(kind, {})
        for name in sorted(ours.keys() | theirs.keys()):
            if kind in _NOTHING_IS_EMPTY or (name in ours and name in theirs):
                pair = Pair(kind, name, ours.get(name, {}), theirs.get(name, {}), same_major)
                yield from compare_facets(pair, same_meaning)
            elif name in ours:
                yield from _missing(kind, name, ours[name], missing)
            else:
                yield from _unexpected(kind, name, theirs[name], unexpected, here)


def _missing(kind: str, name: str, facets: Facets, side: _Side) -> Iterator[Finding | NotChecked]:
    label = labelled(kind, name)
    if kind == "subscription" and facets.get("conninfo_digest") == NOT_READABLE:
        yield NotChecked(label, "only dumps taken by a superuser include subscriptions")
    elif not side.lacks_holder(kind, name, facets):
        yield Finding(f"{kind}-missing", label, "present", "missing")


def _unexpected(
    kind: str, name: str, facets: Facets, side: _Side, here: Schema
) -> Iterator[Finding | NotChecked]:
    label = labelled(kind, name)
    if _FROM_TEMPLATE.get(kind) == name and not _in_use(name, here):
        yield NotChecked(label, "dropped in the source; every new database gets it from its template")
    elif not side.lacks_holder(kind, name, facets):
        yield Finding(f"{kind}-unexpected", label, "missing", "present")


def _named_alike(source: Schema, here: Schema) -> Schema:
    """Call the database here as the source is called: a copy under another name is no difference."""
    names, databases = list(source.get("database", {})), list(here.get("database", {}).values())
    if len(names) != 1 or len(databases) != 1:
        return here
    return {**here, "database": {names[0]: databases[0]}}


def _absent(of: Schema, other: Schema) -> frozenset[str]:
    """What `of` has and `other` has not: relations of whatever kind, schemas, and roles as `role x`."""
    schemas = of.get("schema", {}).keys() - other.get("schema", {}).keys()
    roles = {labelled("role", name) for name in of.get("role", {}).keys() - other.get("role", {}).keys()}
    relations = {name for kind in RELATIONS for name in of.get(kind, {})}
    return frozenset(
        schemas | roles | relations - {name for kind in RELATIONS for name in other.get(kind, {})}
    )


def holders(kind: str, name: str, facets: Facets) -> Iterator[str]:
    """Name the schema, relation or role that an object goes with."""
    if kind not in _WITHOUT_SCHEMA:
        yield qualified(parts(name)[0])
    if kind in _OF_RELATION:
        yield qualified(*parts(name)[:2])
    if kind in _OF_ROLE:
        yield from (labelled("role", quoted(str(facets.get(facet)))) for facet in ("role", "member"))
    table, owned_by = facets.get("table"), facets.get("owned_by")
    if isinstance(table, str):
        yield table
    if isinstance(owned_by, str):
        yield qualified(*parts(owned_by)[:2])


def _in_use(schema: str, here: Schema) -> bool:
    return any(
        parts(name)[0] == schema
        for kind, objects in here.items()
        if kind not in _WITHOUT_SCHEMA
        for name in objects
    )
