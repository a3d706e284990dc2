"""Compare what is true of one object in the source and here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.rules.names import quoted
from scims_backup.engines.postgresql.rules.proof import Facet, Facets
from scims_backup.engines.postgresql.rules.server_options import without_the_servers_own

SameMeaning = Callable[[str, str, str, str, str], bool]
"""kind, name, facet, expected text, found text → whether both texts mean the same."""

NOT_READABLE = "not readable"
"""The value of a facet that the proving role may not read."""

REPARSED = frozenset(
    {
        "arguments", "check", "default", "definition", "generation", "index", "partition_bound",
        "partition_key", "sql_body", "using", "where",
    }
)  # fmt: skip
"""Facets that are SQL, and may be printed otherwise after a restore."""

_NOT_FILLED = (
    "a restore leaves it empty because it reads a foreign server; REFRESH MATERIALIZED VIEW fills it"
)

SHOWN = 120
"""This many characters of a long text are shown, around the first difference."""

_BEFORE = 40
_OF_SOME_MAJORS = frozenset(
    {
        "not_null_name", "not_null_inherits", "not_null_validated", "inherit", "set", "two_phase",
        "disable_on_error", "origin", "password_required", "run_as_owner", "failover", "generated_columns",
        "schemas",
    }
)  # fmt: skip
_GRANT_OF_SOME_MAJORS = "MAINTAIN"
_NEVER_JUDGED = {
    "role-membership": {"grantor"},
    "role": {"comment", "labels"},
    "system-grants": {"extension"},
    "materialized-view": {"reads_foreign_server"},
}
"""What no archive contains and the preparation of a server need not restore; and what others judge."""


@dataclass(frozen=True)
class Pair:
    """One object as the source had it and as it is here."""

    kind: str
    name: str
    expected: Facets
    found: Facets
    same_major: bool = True

    @property
    def label(self) -> str:
        """The object as a reader calls it, e.g. `foreign key public.items.items_owner_fkey`."""
        return labelled(self.kind, self.name)


def labelled(kind: str, name: str) -> str:
    """Kind and name as a reader says them."""
    return f"{kind.replace('-', ' ')} {name}"


def compare_facets(pair: Pair, same_meaning: SameMeaning) -> Iterator[Finding | NotChecked]:
    """Yield what differs between two objects of the same kind and name."""
    skipped = _NEVER_JUDGED.get(pair.kind, set())
    for facet in sorted((pair.expected.keys() | pair.found.keys()) - skipped):
        expected, found = pair.expected.get(facet), pair.found.get(facet)
        if (pair.kind, facet) == ("column", "options"):
            expected, found = without_the_servers_own(expected), without_the_servers_own(found)
        if expected == found or (not pair.same_major and _only_in_one_major(facet, expected, found)):
            continue
        if facet == "grants":
            yield from _grants(pair)
        else:
            yield from _facet(pair, facet, expected, found, same_meaning)


def _facet(
    pair: Pair, facet: str, expected: Facet, found: Facet, same_meaning: SameMeaning
) -> Iterator[Finding | NotChecked]:
    if NOT_READABLE in (expected, found):
        where = "in the source" if expected == NOT_READABLE else "here"
        yield NotChecked(f"{facet.replace('_', ' ')} of {pair.label}", f"not readable {where} by this role")
    elif pair.kind == "foreign-key" and facet == "triggers_enabled" and found:
        yield NotChecked(pair.label, "its triggers are disabled in the source, and no dump records that")
    elif facet == "populated" and expected and pair.found.get("reads_foreign_server"):
        yield NotChecked(pair.label, _NOT_FILLED)
    elif not (isinstance(expected, str) and isinstance(found, str)):
        yield _changed(pair, facet, _shown(expected), _shown(found))
    elif facet not in REPARSED or not same_meaning(pair.kind, pair.name, facet, expected, found):
        yield _changed(pair, facet, *excerpts(expected, found))


def _changed(pair: Pair, facet: str, expected: str, found: str) -> Finding:
    if facet in {"owner", "comment"}:
        return Finding(f"{facet}-changed", pair.label, expected, found)
    title = facet.replace("_", " ")
    return Finding(f"{pair.kind}-changed", pair.label, f"{title}: {expected}", f"{title}: {found}")


def _grants(pair: Pair) -> Iterator[Finding]:
    """Compare grants as sets; where the owner changed, the owner's own grants are expected to follow."""
    expected, found = _grant_set(pair, pair.expected), _grant_set(pair, pair.found)
    before, after = pair.expected.get("owner"), pair.found.get("owner")
    if isinstance(before, str) and isinstance(after, str) and before != after:
        expected = {_of_owner(grant, before, after) for grant in expected}
    for grant in expected - found:
        yield Finding("grant-missing", pair.label, grant, "missing")
    for grant in found - expected:
        yield Finding("grant-unexpected", pair.label, "missing", grant)


def _grant_set(pair: Pair, facets: Facets) -> set[str]:
    listed = facets.get("grants")
    grants = set(listed) if isinstance(listed, list) else set()
    return {grant for grant in grants if pair.same_major or _GRANT_OF_SOME_MAJORS not in grant}


def _of_owner(grant: str, before: str, after: str) -> str:
    grantee, _, privilege = grant.rpartition("=")
    return f"{quoted(after)}={privilege}" if grantee == quoted(before) else grant


def _only_in_one_major(facet: str, expected: Facet, found: Facet) -> bool:
    if facet == "streaming":  # a truth value until 15, a letter since; 18 streams in parallel if not told
        return str(found)[:1] in (str(expected)[:1], "p")
    return facet in _OF_SOME_MAJORS and (expected is None or found is None)


def _shown(value: Facet) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return _shortened(", ".join(value) or "none", 0)
        case _:
            return _shortened(str(value), 0)


def excerpts(expected: str, found: str) -> tuple[str, str]:
    """Return both texts, the long ones shortened around their first difference."""
    left, right = " ".join(expected.split()), " ".join(found.split())
    if left == right:
        left, right = repr(expected), repr(found)
    same = next(
        (at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other),
        min(len(left), len(right)),
    )
    start = max(0, same - _BEFORE) if max(len(left), len(right)) > SHOWN else 0
    return _shortened(left, start), _shortened(right, start)


def _shortened(text: str, start: int) -> str:
    end = start + SHOWN
    return ("…" if start else "") + text[start:end] + ("…" if len(text) > end else "")
