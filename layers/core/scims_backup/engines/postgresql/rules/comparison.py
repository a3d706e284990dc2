"""Compare what is found in a database with a backup's proof."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.extension_comparison import Made, MembersComparison, none_made
from scims_backup.engines.postgresql.rules.facet_comparison import SameMeaning
from scims_backup.engines.postgresql.rules.proof import Proof, is_evaluated_by
from scims_backup.engines.postgresql.rules.row_comparison import compare_rows
from scims_backup.engines.postgresql.rules.schema_comparison import compare_schemas

_OF_THE_SERVER = ("shared_preload_libraries",)
"""Facts that say how to make a sandbox, and nothing of the database."""


_MADE_BY_INITDB = "language plpgsql"
"""A language with an extension, but not among the objects of extensions that a proof keeps."""


def compare(
    expected: Proof, found: Proof, same_meaning: SameMeaning, made: Made = none_made
) -> tuple[list[Finding], list[NotChecked]]:
    """Return the named differences, and what could not be judged.

    same_meaning: called with kind, name, facet, expected and found text where two definitions are
        written differently; returns whether they mean the same.
    made: makes extensions where found was read.
    """
    members = MembersComparison(expected, found, made)
    source, here = (_without_grants_of(members.judged, side) for side in (expected, found))
    outcome = {
        *compare_rows(expected, found, members.of_users),
        *compare_schemas(source, here, same_meaning),
        *members.outcome(same_meaning),
        *_unjudged(expected, found),
        *_servers(expected, found),
    }
    findings = sorted(item for item in outcome if isinstance(item, Finding))
    not_checked = sorted(item for item in outcome if isinstance(item, NotChecked))
    return findings, not_checked


def _without_grants_of(extensions: Collection[str], proof: Proof) -> Proof:
    """The proof without the grants that differ from an extension's first: all its grants are compared."""
    kept = {
        name: facets
        for name, facets in proof.schema.get("system-grants", {}).items()
        if name == _MADE_BY_INITDB or facets.get("extension") not in extensions
    }
    return replace(proof, schema={**proof.schema, "system-grants": kept})


def _unjudged(expected: Proof, found: Proof) -> Iterator[NotChecked]:
    reasons = {**found.unjudged, **expected.unjudged}
    for what, reason in reasons.items():
        yield NotChecked(what, reason)


def _servers(expected: Proof, found: Proof) -> Iterator[NotChecked]:
    """Report what a sandbox may not be able to resemble: versions of extensions, locale, major."""
    if expected.server.major != found.server.major:
        yield NotChecked(
            "server", f"PostgreSQL {expected.server.version} in the source, {found.server.version} here"
        )
    for fact, value in expected.server.facts.items():
        if fact in _OF_THE_SERVER:
            continue
        here = found.server.facts.get(fact)
        if here is not None and here != value and not is_evaluated_by(fact):
            yield NotChecked(_fact(fact), f"{value} in the source, {here} here")


def _fact(fact: str) -> str:
    return f"version of {fact}" if fact.startswith("extension ") else f"database's {fact.replace('_', ' ')}"
