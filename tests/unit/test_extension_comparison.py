"""Objects of extensions: what users did to them is told from what another version or an update brought."""

from dataclasses import replace

import pytest

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.rules.comparison import compare
from scims_backup.engines.postgresql.rules.proof import Facet, Proof, Rows, Server, Unheld
from scims_backup.engines.postgresql.rules.unheld import MOST, unheld_warnings

Members = dict[str, dict[str, dict[str, Facet]]]

FUNCTION: dict[str, Facet] = {"cost": "1", "grants": ["PUBLIC=EXECUTE"], "extension": "gadget"}
TABLE: dict[str, Facet] = {"row_security": False, "extension": "gadget"}
MEMBERS: Members = {"function": {"public.f()": FUNCTION}, "table": {"public.t": TABLE}}
SERVER = Server("15.19", 150019, "db", "UTF8", "postgres", {"extension gadget": "1.1"})
PROOF = Proof(
    Level.FULL,
    SERVER,
    {},
    {},
    Rows(0, None),
    {"extension": {"gadget": {"schema": "public"}}, "system-grants": {}},
    reported={"public.t": Rows(2, "2" * 20)},
    members=MEMBERS,
)
OTHER_VERSION = replace(SERVER, facts={"extension gadget": "1.2"})
INDEX: Members = {
    "index": {"public.own": {"table": "public.t", "definition": "CREATE INDEX own …", "extension": "gadget"}}
}


def with_members(**members):
    return replace(PROOF, members={**MEMBERS, **members})


def costing(cost):
    return with_members(function={"public.f()": {**FUNCTION, "cost": cost}})


def judged(expected, found, *makings):
    findings, not_checked = compare(expected, found, lambda *_: False, lambda _name, _version: makings)
    return [str(one) for one in findings], [one.object for one in not_checked if "objects" in one.object]


COSTS = "extension function public.f(): extension-function-changed: expected cost: 9, found cost: 1"


def test_what_differs_beside_the_same_version_is_lost():
    assert judged(costing("9"), PROOF) == ([COSTS], [])
    assert judged(with_members(**INDEX), PROOF) == (
        ["extension index public.own: extension-index-missing: expected present, found missing"],
        [],
    )


def test_what_an_update_left_behind_is_no_loss_and_what_no_way_leads_to_is():
    plain, updated, other = MEMBERS, costing("9").members, costing("7").members
    assert judged(costing("9"), PROOF, plain, updated) == ([], [])
    assert judged(costing("9"), PROOF, plain, other) == ([COSTS], [])
    assert judged(costing("9"), costing("7"), plain, updated)[0] != []  # after_restore spoiled it


def test_an_object_that_an_update_left_behind_is_no_loss():
    left = with_members(**INDEX)
    assert judged(left, PROOF, MEMBERS, left.members) == ([], [])


def test_beside_another_version_only_what_users_changed_is_lost():
    here = replace(costing("1"), server=OTHER_VERSION)
    assert judged(PROOF, replace(costing("5"), server=OTHER_VERSION), MEMBERS) == ([], [])
    assert judged(costing("9"), here, MEMBERS) == ([COSTS], [])
    assert judged(with_members(**INDEX), here, MEMBERS)[0] != []
    assert judged(PROOF, replace(with_members(**INDEX), server=OTHER_VERSION), MEMBERS) == ([], [])


def test_another_version_that_cannot_be_made_here_is_named():
    assert judged(costing("9"), replace(PROOF, server=OTHER_VERSION)) == ([], ["objects of extension gadget"])


def test_the_source_s_own_objects_of_another_version_need_no_making():
    assert judged(PROOF, replace(PROOF, server=OTHER_VERSION)) == ([], [])


def test_a_proof_from_before_is_told_and_not_judged():
    assert judged(replace(PROOF, members=None), costing("9")) == ([], ["objects of extensions"])
    bare = replace(PROOF, members=None, schema={"extension": {"plpgsql": {}}})
    assert judged(bare, PROOF)[1] == []


def test_another_major_is_told_and_not_judged():
    newer = replace(SERVER, version="18.6", version_num=180006)
    assert judged(PROOF, replace(costing("9"), server=newer)) == ([], ["objects of extensions"])


def test_a_lost_table_is_said_once_and_its_rows_too():
    columns: Members = {"column": {"public.t.id": {"type": "integer", "extension": "gadget"}}}
    found = replace(PROOF, members={"function": MEMBERS["function"]}, reported={})
    assert judged(with_members(**columns), found) == (
        [
            "extension table public.t: extension-table-missing: expected present, found missing",
            "table public.t: rows-differ: expected 2 rows, found no such table",
        ],
        [],
    )


@pytest.mark.parametrize(("makings", "judges"), [((MEMBERS,), False), (({},), True), ((), False)])
def test_rows_are_judged_only_of_a_table_that_no_making_has(makings, judges):
    findings, not_checked = compare(
        PROOF,
        replace(PROOF, reported={"public.t": Rows(0, None)}),
        lambda *_: False,
        lambda _name, _version: makings,
    )
    assert ([str(one) for one in findings] != []) is judges
    assert ("content of public.t" in {one.object for one in not_checked}) is not judges


def test_grants_of_a_judged_extension_are_not_judged_twice():
    grants: Members = {"system-grants": {" view public.v": {"grants": ["a=SELECT"], "extension": "gadget"}}}
    schema = {**PROOF.schema, **grants}
    assert judged(PROOF, replace(PROOF, schema=schema)) == ([], [])
    assert judged(replace(PROOF, members=None), replace(PROOF, schema=schema))[0] != []


def test_what_no_archive_holds_is_warned_of_with_its_cure():
    lost = [Unheld(f"index public.i{number}", "gadget", "needs function f()") for number in range(MOST + 2)]
    warnings = list(unheld_warnings(lost, has_after_restore=False))
    assert len(warnings) == MOST + 1
    assert warnings[0] == (
        "the archive cannot contain: index public.i0 of extension gadget: needs function f();"
        " add it to after_restore, or detach it from the extension's object"
    )
    assert warnings[-1].startswith("the archive cannot contain 2 more properties")
    assert list(unheld_warnings(lost, has_after_restore=True)) == []


def test_what_keeps_an_archive_from_being_restored_is_warned_of_in_any_case():
    dropped = [Unheld("view public.v", "gadget", "16601", breaks=True)]
    (warning,) = unheld_warnings(dropped, has_after_restore=True)
    assert "a role that was dropped (OID 16601)" in warning
    assert "pg_init_privs" in warning
