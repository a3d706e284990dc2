"""Which roles and role settings are judged: the target may be a server with its own roles."""

from __future__ import annotations

from collections.abc import Iterator

from scims_backup.domain.verdict import NotChecked
from scims_backup.engines.postgresql.rules.names import quoted
from scims_backup.engines.postgresql.rules.proof import Facets, Proof, Schema

_SETTINGS = ("role-setting", "all-roles-setting")
"""Kinds that no dump has in it, so that only a drill's own preparation can bring them back."""


def judged_roles(expected: Proof, schema: Schema) -> Schema:
    """Return the schema without the roles, memberships and role settings that are not judged.

    expected: the proof whose roles are the ones to judge; its bootstrap role's attributes are not.
    """
    roles = expected.schema.get("role", {}).keys() - {quoted(expected.server.bootstrap_role)}

    def expects(kind: str, name: str, *concerned: str) -> bool:
        return name in expected.schema.get(kind, {}) or roles.issuperset(concerned)

    def judged(kind: str, name: str, facets: Facets) -> bool:
        role, member = quoted(str(facets.get("role"))), quoted(str(facets.get("member")))
        match kind:
            case "role":
                return name in roles
            case "role-membership":
                return expects(kind, name, role, member)
            case "role-in-database-setting":
                return expects(kind, name, role)
            case "role-setting":
                return role in roles and "digest" not in facets
            case "all-roles-setting":
                return name in expected.schema.get(kind, {}) and "digest" not in facets
            case _:
                return True

    return {
        kind: {name: facets for name, facets in objects.items() if judged(kind, name, facets)}
        for kind, objects in schema.items()
    }


def secret_settings(expected: Proof, found: Schema) -> Iterator[NotChecked]:
    """Report the roles' settings that are kept as digests, and so cannot be given to a sandbox."""
    for kind in _SETTINGS:
        here = found.get(kind, {})
        for name, facets in expected.schema.get(kind, {}).items():
            if "digest" in facets and here.get(name, {}).get("digest") != facets["digest"]:
                yield NotChecked(
                    f"{kind.replace('-', ' ')} {name}", "may be a secret: only its digest was kept"
                )
