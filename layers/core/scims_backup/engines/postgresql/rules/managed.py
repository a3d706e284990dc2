"""What a server of RDS cannot have as its source does, by name; what this list lacks is not passed over.

RDS keeps the superuser, rdsadmin, for itself. So whoever restores there makes no superuser, gives nothing to
rdsadmin, and finds RDS's own roles as that server has them.
"""

from __future__ import annotations

import re
from dataclasses import replace

from scims_backup.domain.verdict import NotChecked
from scims_backup.engines.postgresql.rules.names import unquoted
from scims_backup.engines.postgresql.rules.proof import Facets, Proof, Schema

ADMIN = "rdsadmin"
SUPERUSER_ONLY = ("superuser", "replication", "bypassrls")
"""The attributes that only a superuser gives a role."""
_OWN_ROLE = re.compile(r"rds_.+|rdsadmin|rdsrepladmin|rdstopmgr|rdswriteforwarduser")


def is_own_role(role: str) -> bool:
    """Say whether a role is RDS's own, which each of its servers has and nobody else makes."""
    return _OWN_ROLE.fullmatch(role) is not None


def comparable(expected: Proof, found: Proof) -> tuple[Proof, Proof, list[NotChecked]]:
    """Return both proofs without what a server of RDS cannot have, and say what that is."""
    unjudged: dict[str, str] = {}
    source = replace(expected, schema=_kept(expected.schema, unjudged))
    here = replace(found, schema=_alike(source.schema, _kept(found.schema, {}), unjudged))
    return source, here, [NotChecked(what, why) for what, why in sorted(unjudged.items())]


def _kept(schema: Schema, unjudged: dict[str, str]) -> Schema:
    kept: dict[str, dict[str, Facets]] = {}
    for kind, objects in schema.items():
        kept[kind] = {}
        for name, facets in objects.items():
            why = _of_rds(kind, name, facets)
            if why:
                unjudged[f"{kind.replace('-', ' ')} {name}"] = why
            else:
                kept[kind][name] = facets
    return kept


def _of_rds(kind: str, name: str, facets: Facets) -> str:
    """Say why an object is RDS's; '' if it is not."""
    if kind == "role" and is_own_role(unquoted(name)):
        return "a role of RDS's own"
    if kind == "role-membership" and is_own_role(str(facets.get("member"))):
        return "a role of RDS's own"
    if kind == "role-setting" and is_own_role(str(facets.get("role"))):
        return "a role of RDS's own"
    return f"an object of {ADMIN}" if facets.get("owner") == ADMIN and kind != "database" else ""


def _alike(source: Schema, here: Schema, unjudged: dict[str, str]) -> Schema:
    """Give what is here the source's word for what only a superuser could have made so."""
    return {
        kind: {
            name: _with_attributes(name, source.get("role", {}).get(name), facets, unjudged)
            if kind == "role"
            else facets
            for name, facets in objects.items()
        }
        for kind, objects in here.items()
    }


def _with_attributes(name: str, wanted: Facets | None, found: Facets, unjudged: dict[str, str]) -> Facets:
    if wanted is None:
        return found
    differ = [one for one in SUPERUSER_ONLY if wanted.get(one) and not found.get(one)]
    if differ:
        words = ", ".join(one.upper() for one in differ)
        unjudged[f"role {name}"] = f"{words} in the source, which only RDS's own superuser could give"
    return {**found, **{one: wanted[one] for one in differ}}
