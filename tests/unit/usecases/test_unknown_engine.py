"""Backups of an engine that this version does not have: listed, kept, refused, and not called damaged."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, MadeBy
from scims_backup.domain.errors import UnknownEngineError
from scims_backup.domain.health import State
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Policy
from scims_backup.domain.status import Watched
from scims_backup.domain.tombstone import Tombstone
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.reports.examine_backups import ExamineBackups
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.stored.proofs import load_proof
from tests.unit.usecases.pruning import SOURCE, Place, night

MONGODB = MadeBy("mongodb", "archive")
WHY = "was made by engine 'mongodb', which this version does not have (use a newer scims-backup)"
ONE = Policy(last=1)
WITH_MONGODB = {**OF_OLD_DOCUMENTS, "mongodb": "archive"}
OLD, MIDDLE, NEW = night(3), night(2), night(1)


def _made_by(place, backup, made_by):
    key = keys.manifest(backup)
    manifest = replace(Manifest.from_bytes(place.catalog.objects[key], key), made_by=made_by)
    place.catalog.objects[key] = manifest.to_bytes()
    return manifest


@pytest.fixture
def place():
    place = Place()
    for backup in (OLD, MIDDLE, NEW):
        place.add(backup)
    _made_by(place, OLD, MONGODB)
    return place


def test_prune_keeps_it_and_says_why(place):
    pruned = place.pruning().run(ONE, place.now)
    assert (pruned.removed, place.backups()) == ([MIDDLE], [OLD, NEW])
    assert pruned.problems == [f"backup {OLD} {WHY}"]
    assert {kept.backup: kept.reasons for kept in pruned.plan.keep}[OLD] == (
        "this version does not have its engine",
    )


def test_it_replaces_no_other_backup(place):
    _made_by(place, NEW, MONGODB)
    place.pruning().run(ONE, place.now)
    assert place.backups() == [OLD, MIDDLE, NEW]


def test_prune_with_the_engine_removes_it(place):
    assert place.pruning(formats=WITH_MONGODB).run(ONE, place.now).removed == [OLD, MIDDLE]


def test_a_format_that_the_engine_does_not_have_here_is_kept_too(place):
    _made_by(place, OLD, MadeBy("postgresql", "directory"))
    pruned = place.pruning().run(ONE, place.now)
    assert OLD in place.backups()
    assert "has format 'directory' of postgresql, which this version does not have" in pruned.problems[0]


def test_a_removal_that_another_version_began_is_left_to_it(place):
    manifest = place.catalog.objects.pop(keys.manifest(OLD))
    place.catalog.put_new(keys.tombstone(OLD), Tombstone(manifest).to_bytes())
    pruned = place.pruning().run(ONE, place.now)
    assert [(one.backup, one.why) for one in pruned.refused] == [(OLD, f"backup {OLD} {WHY}")]
    assert OLD in place.stored()
    assert keys.tombstone(OLD) in place.catalog.objects


def test_list_shows_it_with_the_reason_and_show_finds_it(place):
    listing = ListBackups(place.catalog)
    assert [(one.backup, one.problem) for one in listing.run(SOURCE)] == [
        (OLD, f"backup {OLD} {WHY}"),
        (MIDDLE, ""),
        (NEW, ""),
    ]
    assert listing.show(listing.choose(SOURCE, str(OLD))).manifest.made_by == MONGODB


def test_doctor_reports_it_and_does_not_call_its_archive_a_stray(place):
    looking = ExamineBackups(
        Watched(SOURCE), lambda: place.catalog, lambda: place.vault, lambda: place.now, timedelta(hours=24)
    )
    (seen,) = looking.look_at_agreement()
    assert (seen.state, str(OLD) in seen.message) == (State.PROBLEM, True)
    assert seen.message.startswith("backup of an engine, or in a format, that this version does not have")
    assert looking.newest_archive_bytes() is not None


def test_doctor_that_has_the_engine_reports_nothing(place):
    looking = ExamineBackups(
        Watched(SOURCE),
        lambda: place.catalog,
        lambda: place.vault,
        lambda: place.now,
        timedelta(hours=24),
        formats=WITH_MONGODB,
    )
    assert [one.state for one in looking.look_at_agreement()] == [State.FINE]


def test_its_proof_is_refused_before_it_is_looked_at(place):
    manifest = ListBackups(place.catalog).choose(SOURCE, str(OLD))
    del place.catalog.objects[manifest.proof.key]
    with pytest.raises(UnknownEngineError, match=f"backup {OLD} was made by engine 'mongodb'"):
        load_proof(place.catalog, manifest, ENGINES)


def test_a_manifest_of_another_engine_has_version_2_and_one_of_postgresql_version_1(place):
    written = {backup: json.loads(place.catalog.objects[keys.manifest(backup)]) for backup in (OLD, NEW)}
    assert {name: written[OLD][name] for name in ("version", "engine", "format")} == {
        "version": 2,
        "engine": "mongodb",
        "format": "archive",
    }
    assert [written[NEW][name] for name in ("version", "engine", "format")] == [1, "postgresql", "custom"]
