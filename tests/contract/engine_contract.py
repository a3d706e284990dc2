"""What every engine must do: the sentences of the port, one by one, at a real source."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.credentials import Credentials
from scims_backup.domain.engine_names import MadeBy
from scims_backup.domain.errors import (
    DocumentError,
    OrderLostError,
    RestoreFailedError,
    ScimsBackupError,
    SourceError,
    TargetError,
    UnknownEngineError,
    UsageError,
)
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.health import NotCheckedError, Observed
from scims_backup.domain.level import Level
from scims_backup.domain.questions import Questions
from scims_backup.ports import AnyEngine, DelayedSource, EngineSettings, Proof
from scims_backup.usecases.restores.capabilities import restoring_keys, restoring_tables, swapping
from tests.fakes import RecordedProgress

ROWS = 1_200
"""What the greatest namespace of a place has at least: losses of smaller ones are not reported as odd."""
SECRET = "hunter2-never-shown"
BACKUP = BackupId("shop", "20261122T020000Z")


@dataclass(frozen=True)
class Place:
    """A source that a test may change, with its engine.

    url: of the source; what lies beside it is a target.
    lose: plants a loss, and returns what the finding must name.
    nowhere: a URL of the same engine where nothing is.
    expectation: a query with the answer ROWS.
    variable: one of the engine's own in the environment of the process.
    """

    engine: AnyEngine
    url: str
    lose: Mapping[str, Callable[[], str]]
    nowhere: str
    expectation: str
    variable: str
    settings: EngineSettings = field(default_factory=EngineSettings)

    @property
    def address(self):
        return self.engine.address(self.url, None, {})

    @property
    def database(self):
        return self.engine.database(self.address, EngineSettings())

    def target(self):
        return self.engine.target(self.address, self.settings, 1)

    def proof(self, level=Level.FULL):
        return self.database.prove(level, RecordedProgress())


@dataclass(frozen=True)
class Taken:
    """A backup of a place: its archive, the proof taken with it, and what the snapshot said."""

    archive: bytes
    proof: Proof
    tools: Mapping[str, str]
    warnings: tuple[str, ...]


class StopTestError(Exception):
    """Something went wrong while something was held open."""


def taken_from(place, level=Level.FULL):
    with place.engine.source(place.address, place.settings).snapshot() as snapshot:
        proving = snapshot.prove(level, RecordedProgress())
        archive = b""
        for chunk in snapshot.archive():
            proving.check()
            archive += chunk
        proof = proving.result()
        return Taken(archive, proof, snapshot.tools(), tuple(snapshot.warnings()))


def restored(target, taken, archive=None, *, keep=None, chunk=1 << 16):
    """Restore an archive, and return what a comparison with its proof finds."""
    data, progress = taken.archive if archive is None else archive, RecordedProgress()
    with target.build(taken.proof, len(data), progress) as building:
        for start in range(0, len(data), chunk):
            building.write(data[start : start + chunk])
        building.finish(progress)
        if keep is not None:
            building.keep(keep)
        return differences(target.database(keep or building.name), taken.proof)


def differences(database, proof):
    return database.compare(proof, database.prove(proof.level, RecordedProgress(), proof)).findings


def turned_around(value):
    """Reverse the order of every object's keys."""
    if not isinstance(value, dict):
        return value
    return {key: turned_around(value[key]) for key in reversed(value)}


class EngineContract:
    """Derive from it and give the fixtures of class scope `new_place` and `root`.

    new_place: makes a source with at least ROWS rows in one namespace, one row or more in another.
    root: an empty directory for sandboxes.
    secrets: URLs that hold SECRET. nonsense: URLs that name no source.
    """

    secrets: tuple[str, ...]
    nonsense: tuple[str, ...]

    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, new_place):
        """A source that no test changes."""
        return new_place()

    @pytest.fixture(scope="class")
    @classmethod
    def taken(cls, place):
        return taken_from(place)

    def test_it_has_names(self, place):
        engine = place.engine
        assert engine.name == engine.name.lower() != ""
        assert all((engine.title, engine.format, engine.schemes, engine.words.unit, engine.words.namespace))
        ids = [look.topic.id for look in engine.looks]
        assert len(ids) == len(set(ids)) > 0

    # proofs

    @pytest.mark.parametrize("level", Level)
    def test_a_proof_is_read_back_equal_and_written_alike(self, place, level):
        proof = place.proof(level)
        read = place.engine.read_proof(proof.to_bytes(), "proof.json")
        assert (read.level, read) == (level, proof)
        assert read.to_bytes() == proof.to_bytes() == place.proof(level).to_bytes()

    def test_the_order_of_a_document_changes_nothing(self, place, taken):
        data = taken.proof.to_bytes()
        turned = json.dumps(turned_around(json.loads(data))).encode()
        assert place.engine.read_proof(turned, "proof.json").to_bytes() == data

    def test_a_proof_says_its_engine(self, place, taken):
        document, made_by = json.loads(taken.proof.to_bytes()), MadeBy(place.engine.name, place.engine.format)
        assert document["version"] == made_by.version
        assert (document["engine"], document["format"]) == (made_by.engine, made_by.format)

    @pytest.mark.parametrize("damage", ["cut", "empty", "array", "newer", "level"])
    def test_a_damaged_proof_is_refused_by_the_name_it_was_read_under(self, place, taken, damage):
        data = taken.proof.to_bytes()
        document = json.loads(data)
        damaged = {
            "cut": data[: len(data) // 2],
            "empty": b"",
            "array": b"[]",
            "newer": json.dumps({**document, "version": 99}).encode(),
            "level": json.dumps({**document, "level": 7}).encode(),
        }[damage]
        with pytest.raises(DocumentError, match=r"^proofs/x\.json"):
            place.engine.read_proof(damaged, "proofs/x.json")

    @pytest.mark.parametrize("other", [{"engine": "mongodb"}, {"format": "parquet"}])
    def test_a_proof_of_another_engine_or_format_is_not_called_damaged(self, place, taken, other):
        document = {**json.loads(taken.proof.to_bytes()), "version": 2, **other}
        document["version"] = MadeBy(document["engine"], document["format"]).version
        with pytest.raises(UnknownEngineError, match=r"^proofs/x\.json"):
            place.engine.read_proof(json.dumps(document).encode(), "proofs/x.json")

    def test_counts_are_of_units_and_namespaces_and_measure_agrees(self, place, taken):
        counts, measure, words = taken.proof.counts(), taken.proof.measure(), place.engine.words
        assert min(counts.values()) >= 0
        assert (counts[words.units] > ROWS, counts[words.namespaces]) == (True, 2)
        assert counts[words.units] == measure.restored <= measure.proven

    def test_identity_is_short_text(self, taken):
        identity = taken.proof.identity()
        assert "version" in identity
        assert all(isinstance(value, str) and 0 < len(value) < 200 for value in identity.values())

    def test_progress_is_reported_for_all_that_is_proven(self, place, taken):
        progress = RecordedProgress()
        place.database.prove(Level.COUNTS, progress)
        counted = [cast("tuple[str, int]", told)[1] for kind, told in progress.told if kind == "rows"]
        assert sum(counted) == taken.proof.measure().proven

    # the source

    def test_the_proof_of_the_archive_is_the_proof_of_the_source(self, place, taken):
        assert differences(place.database, taken.proof) == []
        assert taken.tools
        assert all(isinstance(version, str) for version in taken.tools.values())
        assert taken.warnings == ()

    def test_its_source_is_held_open(self, place):
        assert not isinstance(place.engine.source(place.address, place.settings), DelayedSource)

    def test_where_nothing_is_nothing_is_read(self, place):
        nowhere = place.engine.address(place.nowhere, None, {})
        with (
            pytest.raises(SourceError) as source,
            place.engine.source(nowhere, place.settings).snapshot() as snapshot,
        ):
            list(snapshot.archive())
        with pytest.raises(SourceError) as database:
            place.engine.database(nowhere, EngineSettings()).prove(Level.COUNTS, RecordedProgress())
        assert source.value.cure
        assert database.value.cure

    @pytest.mark.parametrize("kind", ["row", "value", "namespace"])
    def test_a_loss_is_a_finding_that_names_the_thing(self, new_place, taken, kind):
        place = new_place()
        name = place.lose[kind]()
        found = differences(place.database, taken.proof)
        assert any(name in finding.object for finding in found), found

    def test_counts_alone_find_a_lost_row_and_admit_that_content_was_not_compared(self, new_place):
        place = new_place()
        before = place.proof(Level.COUNTS)
        compared = place.database.compare(before, before)
        assert (compared.findings, len(compared.not_checked) > 0) == ([], True)
        name = place.lose["row"]()
        assert any(name in finding.object for finding in differences(place.database, before))

    def test_what_each_namespace_holds_is_counted_and_what_is_gone_is_not_named(self, new_place, taken):
        place = new_place()
        held = taken.proof.holdings().counts
        assert place.proof().holdings().counts == held
        assert sum(held.values()) == taken.proof.counts()[place.engine.words.units]
        name = place.lose["namespace"]()
        gone = held.keys() - place.proof().holdings().counts.keys()
        assert [(one in name or name in one, held[one] >= ROWS) for one in gone] == [(True, True)]

    # restoring

    @pytest.mark.parametrize("chunk", [4096, 1 << 24])
    def test_what_is_restored_equals_the_proof(self, place, taken, chunk):
        assert restored(place.target(), taken, chunk=chunk) == []

    @pytest.mark.parametrize("kept", [0, 0.3, 0.7, 0.99])
    def test_a_truncated_archive_never_passes(self, place, taken, kept):
        try:
            found = restored(place.target(), taken, taken.archive[: int(len(taken.archive) * kept)])
        except RestoreFailedError as error:
            assert error.cure  # noqa: PT017  either is right
        else:
            assert found

    def test_other_bytes_never_pass(self, place, taken):
        with pytest.raises(RestoreFailedError) as refused:
            restored(place.target(), taken, b"no archive " * 1000 + bytes(4096))
        assert refused.value.cure

    def test_what_is_not_kept_is_gone(self, place, taken):
        target = place.target()
        with target.build(taken.proof, len(taken.archive), RecordedProgress()) as building:
            building.write(taken.archive)
            building.finish(RecordedProgress())
            name = building.name
            assert target.has(name)
        assert not target.has(name)

    def test_what_fails_on_its_way_is_gone(self, place, taken):
        target = place.target()
        with (  # noqa: PT012  what happens inside is the point
            pytest.raises(StopTestError),
            target.build(taken.proof, len(taken.archive), RecordedProgress()) as building,
        ):
            name = building.name
            building.write(taken.archive[: len(taken.archive) // 2])
            raise StopTestError
        assert not target.has(name)

    def test_what_is_kept_has_its_name_and_the_live_one_is_as_before(self, new_place, taken):
        place = new_place()
        target = place.target()
        name = target.restored_name(BACKUP)
        assert not target.has(name)
        assert target.survey(taken.proof, len(taken.archive), name)
        assert restored(target, taken, keep=name) == []
        assert target.has(name)
        with pytest.raises(TargetError):
            restored(target, taken, keep=name)
        assert name in target.how_to_drop(name)
        assert differences(target.database(target.live), taken.proof) == []

    def test_a_copy_is_equal_and_is_gone_at_the_end(self, new_place, taken):
        place = new_place()
        target = place.target()
        with target.copy(target.live, RecordedProgress()) as copy:
            assert differences(copy, taken.proof) == []
        with pytest.raises(SourceError):
            copy.prove(Level.COUNTS, RecordedProgress())

    def test_names_of_what_is_restored(self, place):
        target = place.target()
        target.check_name(target.restored_name(BACKUP))
        target.check_name("another")
        assert str(place.address) == target.name
        for name in ("", target.live):
            with pytest.raises(UsageError) as refused:
                target.check_name(name)
            assert refused.value.cure

    @pytest.mark.parametrize("capability", [swapping, restoring_tables, restoring_keys])
    def test_a_capability_is_there_or_refused_in_words(self, place, capability):
        target = place.target()
        try:
            assert capability(target) is target
        except UsageError as refused:
            assert target.name in refused.message  # noqa: PT017  either is right
            assert refused.cure  # noqa: PT017

    def test_expectations_are_asked_of_the_restored(self, place, taken):
        asked = Expectation("as it was", place.expectation, f"= {ROWS}")
        assert place.database.check(taken.proof, Questions([asked])).findings == []
        others = [replace(asked, name="more", condition=f"> {ROWS}"), replace(asked, name="bad", query="?")]
        found = place.database.check(taken.proof, Questions(others)).findings
        assert [finding.kind for finding in found] == ["expectation-not-met"] * 2
        assert ["more" in found[0].object, "bad" in found[1].object] == [True, True]

    # sandboxes

    def test_a_sandbox_takes_an_archive(self, place, taken, root):
        with place.engine.sandboxes(replace(place.settings, sandbox_dir=root)).open() as sandbox:
            assert restored(sandbox.start(taken.proof), taken) == []

    @pytest.mark.parametrize("error", [None, StopTestError, KeyboardInterrupt])
    def test_a_sandbox_leaves_nothing_behind(self, place, taken, root, error):
        before = set(root.iterdir())
        try:
            with place.engine.sandboxes(replace(place.settings, sandbox_dir=root)).open() as sandbox:
                sandbox.start(taken.proof)
                assert set(root.iterdir()) - before
                if error:
                    raise error
        except (StopTestError, KeyboardInterrupt):
            pass
        assert set(root.iterdir()) == before

    def test_a_failure_that_a_sandbox_did_not_cause_stays_what_it_is(self, place, taken, root):
        error = RestoreFailedError("no")
        with place.engine.sandboxes(replace(place.settings, sandbox_dir=root)).open() as sandbox:
            sandbox.start(taken.proof)
            assert sandbox.explained(error) is error

    # addresses

    def test_an_address_is_of_its_scheme(self, place):
        assert place.url.partition(":")[0] in place.engine.schemes
        place.engine.check_address(place.url)
        assert all(isinstance(name, str) for name in place.address.names())

    def test_urls_with_a_secret_are_refused_without_showing_it(self, place):
        for url in self.secrets:
            assert SECRET in url
            with pytest.raises(UsageError) as refused:
                place.engine.check_address(url)
            assert SECRET not in str(refused.value)
            assert refused.value.cure

    def test_nonsense_is_refused(self, place):
        for url in self.nonsense:
            with pytest.raises(UsageError) as refused:
                place.engine.check_address(url)
            assert refused.value.cure

    def test_an_address_has_no_password_as_a_text(self, place):
        credentials = Credentials("env:PASSWORD", SECRET)
        for find in (place.engine.address, place.engine.administrator):
            address = find(place.url, credentials, {})
            assert SECRET not in f"{address} {address!r} {list(address.names())}"

    def test_its_own_variables_alone_are_kept_apart(self, place):
        environment = {place.variable: "x", "PATH": "/bin", "SCIMS_SOURCE": "shop"}
        assert list(place.engine.keep_apart(environment)) == [place.variable]
        assert list(place.engine.keep_apart({"HOME": "/"})) == []

    # doctor

    def examination(self, place, url=None):
        address = place.engine.address(url or place.url, None, {})
        return place.engine.examination("shop", lambda: address, place.settings, lambda: datetime.now(UTC))

    def test_the_first_check_is_the_connection_and_ids_are_unique(self, place):
        checks = self.examination(place).checks()
        names = [check.name for check in checks]
        assert (names[0], len(set(names))) == ("connection", len(names))
        assert {need for check in checks for need in check.needs} <= {"secret", *names}

    def test_each_check_says_something(self, place):
        examination = self.examination(place)
        for check in examination.checks():
            try:
                observed = list(check.look())
            except NotCheckedError as why:
                assert why.reason  # noqa: PT017  either is right
            else:
                assert observed
                assert all(isinstance(one, Observed) and one.message for one in observed)
        assert examination.bytes() >= 0

    def test_each_check_fails_in_words_where_nothing_is(self, place):
        examination = self.examination(place, place.nowhere)
        with pytest.raises(ScimsBackupError):
            list(examination.checks()[0].look())
        with suppress(SourceError):
            assert examination.bytes() == 0  # a restore needs no room on any disk


class DelayedSourceContract:
    """Derive from it and give the fixtures `place`, whose source is delayed, and `deliver`."""

    def source(self, place):
        return place.engine.source(place.address, place.settings)

    def test_it_is_delayed_by_type(self, place):
        assert isinstance(self.source(place), DelayedSource)

    def test_an_order_is_plain_text_and_ordering_again_orders_nothing_new(self, place):
        order = self.source(place).order(BACKUP)
        assert json.loads(json.dumps(dict(order))) == dict(order)
        assert self.source(place).order(BACKUP) == order

    def test_an_order_is_delivered_to_another_run(self, place, deliver):
        order = self.source(place).order(BACKUP)
        assert self.source(place).delivered(order) is None
        deliver()
        for _ in range(2):
            delivered = self.source(place).delivered(order)
            assert delivered is not None
            with delivered as snapshot:
                proving = snapshot.prove(Level.FULL, RecordedProgress())
                assert b"".join(snapshot.archive())
                assert differences(place.database, proving.result()) == []

    def test_what_was_collected_leaves_nothing_and_collecting_again_is_no_error(self, place, deliver):
        order = self.source(place).order(BACKUP)
        deliver()
        for _ in range(2):
            self.source(place).collected(order)
        with pytest.raises(OrderLostError):
            self.source(place).delivered(order)
