"""The objects of extensions, and what is attached to them: hardly anything of it is in an archive.

A proof keeps them so that they read alike wherever the same version of an extension is created, by whichever
superuser: an owner is named only where it is not the extension's own, and is called OWNER in grants.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import quoted
from scims_backup.engines.postgresql.rules.proof import Facet, Schema
from scims_backup.engines.postgresql.schema.providers import PROVIDERS
from scims_backup.engines.postgresql.schema.reading import FAMILIES, described

# what is attached to a relation or to a domain has no dependency on the extension of its own
_EXTENSION_OF = """
WITH members AS (
    SELECT d.classid, d.objid, x.extname
      FROM pg_depend AS d
      JOIN pg_extension AS x ON x.oid = d.refobjid
     WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
), relations AS (
    SELECT objid, extname FROM members WHERE classid = 'pg_class'::regclass
)
SELECT classid, objid, extname FROM members
UNION ALL SELECT 'pg_trigger'::regclass, t.oid, r.extname
            FROM pg_trigger AS t JOIN relations AS r ON r.objid = t.tgrelid
UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, r.extname
            FROM pg_rewrite AS w JOIN relations AS r ON r.objid = w.ev_class
UNION ALL SELECT 'pg_policy'::regclass, p.oid, r.extname
            FROM pg_policy AS p JOIN relations AS r ON r.objid = p.polrelid
UNION ALL SELECT 'pg_class'::regclass, i.indexrelid, r.extname
            FROM pg_index AS i JOIN relations AS r ON r.objid = i.indrelid
UNION ALL SELECT 'pg_constraint'::regclass, k.oid, r.extname
            FROM pg_constraint AS k JOIN relations AS r ON r.objid = k.conrelid
UNION ALL SELECT 'pg_class'::regclass, c.oid, m.extname
            FROM pg_class AS c JOIN members AS m ON m.objid = c.reltype
             AND m.classid = 'pg_type'::regclass
           WHERE c.relkind = 'c'
UNION ALL SELECT 'pg_constraint'::regclass, k.oid, m.extname
            FROM pg_constraint AS k JOIN members AS m ON m.objid = k.contypid
             AND m.classid = 'pg_type'::regclass
"""
# a trusted extension's objects are the bootstrap superuser's, which pg_shdepend does not say
_OWNERS = """
SELECT x.extname, pg_get_userbyid(x.extowner),
       pg_get_userbyid((SELECT mode() WITHIN GROUP (ORDER BY coalesce(s.refobjid, 10))
                          FROM pg_depend AS d
                          LEFT JOIN pg_shdepend AS s ON s.classid = d.classid AND s.objid = d.objid
                           AND s.objsubid = 0 AND s.deptype = 'o'
                           AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                         WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid
                           AND d.deptype = 'e'))
  FROM pg_extension AS x
"""
_SUPERUSERS = "SELECT rolname FROM pg_roles WHERE rolsuper"
_LONG = 80
"""Texts of functions that are longer are kept as digests: some extensions have a thousand functions."""


def read_members(connection: Connection) -> Schema:
    """Read the objects of extensions, in the connection's own transaction. Raise as `read_schema`.

    Each has a facet `extension`, the name of the extension.
    """
    queries = [query for family in FAMILIES for query in family.QUERIES]
    about = [other for query in queries if (other := query.of_members()) is not None]
    extension_of = {(catalog, oid): name for catalog, oid, name in connection.execute(_EXTENSION_OF)}
    owners = _Owners.read(connection)
    members: dict[str, dict[str, dict[str, Facet]]] = {}
    for row, facets in described(connection, about):
        extension = extension_of.get((row.catalog, row.oid))
        if extension is not None:  # else it joined the extension since the list was read
            kept = owners.relative(extension, facets)
            members.setdefault(row.kind, {})[row.name] = {**_shortened(kept), "extension": extension}
    return members


@dataclass(frozen=True)
class _Owners:
    """Who may own an extension's objects without anybody's having changed that.

    superusers: all of the server
    own: extension → its owner, where most of its objects are that role's
    """

    superusers: frozenset[str]
    own: Mapping[str, str]

    @classmethod
    def read(cls, connection: Connection) -> _Owners:
        superusers = frozenset(name for (name,) in connection.execute(_SUPERUSERS))
        found = connection.execute(_OWNERS)
        return cls(superusers, {extension: owner for extension, owner, most in found if owner == most})

    def relative(self, extension: str, facets: Mapping[str, Facet]) -> dict[str, Facet]:
        """The facets, without an owner that says nothing, and with grants to the owner as such."""
        owner, kept = facets.get("owner"), dict(facets)
        if owner in self.superusers or owner == self.own.get(extension):
            kept.pop("owner", None)
        grants = kept.get("grants")
        if isinstance(grants, list) and isinstance(owner, str):
            told = (_to_owner(grant, quoted(owner)) for grant in grants)
            kept["grants"] = sorted(grant for grant in told if not grant.startswith(_TO_PROVIDERS))
        return kept


_TO_PROVIDERS = tuple(f"{role}=" for role in PROVIDERS)


def _to_owner(grant: str, owner: str) -> str:
    return f"OWNER={grant.removeprefix(f'{owner}=')}" if grant.startswith(f"{owner}=") else grant


def _shortened(facets: Mapping[str, Facet]) -> dict[str, Facet]:
    body = facets.get("body")
    if not isinstance(body, str) or len(body) <= _LONG:
        return dict(facets)
    return {**facets, "body": f"sha256 {hashlib.sha256(body.encode()).hexdigest()}"}
