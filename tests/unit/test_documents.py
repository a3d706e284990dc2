"""Every kind of document with each field missing, or of another JSON type."""

import json
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_run import Refusal, Request, started_in, started_note, task_in, task_note
from scims_backup.domain.engine_names import MadeBy
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Archive, Manifest, ProofRef
from scims_backup.domain.second_copy import CopyRecord
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.tombstone import Tombstone
from scims_backup.domain.verdict import DrilledBytes, Finding, NotChecked, Report, Verdict
from scims_backup.engines.postgresql.rules.proof import (
    Proof,
    Rows,
    Schema,
    SequenceRange,
    Server,
    Unheld,
)
from scims_backup.ports.leases import Holder
from scims_backup.usecases.alerts.watch_objectives import noted_since
from scims_backup.usecases.backups.run_records import FailedRun, Order, StoredRecord
from tests.fakes import MemoryCatalog

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BACKUP = BackupId("scims-db", "20261122T020000Z")
ARCHIVE = Archive(7, 5, "ab" * 32, "restic", "4b" * 32)
HOUR = timedelta(hours=1)
NAME = "some/document.json"
SERVER = Server("15.19", 150019, "scims", "UTF8", "postgres", {"lc_ctype": "C"})
SCHEMA: Schema = {"table": {"items": {"owner": "scims", "grants": ["a", "b"], "rows": 3, "x": None}}}
PROOF = Proof(
    Level.FULL,
    SERVER,
    {"items": Rows(3, "0a")},
    {"items_id_seq": SequenceRange(3, 5)},
    Rows(0, "0c"),
    SCHEMA,
    {"view": Rows(1, "0b")},
    {"far": "foreign table"},
    SCHEMA,
    (Unheld("table x", "postgis", "it needs y", breaks=True),),
)
REPORT = Report(
    Verdict.FAILED,
    (Finding("rows-differ", "table x", "3 rows", "2 rows"),),
    (NotChecked("view y", "why"),),
    "",
    {"start": 1.5, "prove": 2},
    {"tables": 3},
    NOON,
    True,
    "cd" * 32,
    DrilledBytes("ab" * 32, "cd" * 32),
)
MANIFEST = Manifest(
    BACKUP,
    NOON,
    NOON,
    ARCHIVE,
    ProofRef("proofs/x", "cd" * 32, "full"),
    {"version": "15.19"},
    {"pg_dump": "15.19"},
    ("a warning",),
    MadeBy(),
    {"git_commit": "4b825dc"},
)


@dataclass(frozen=True)
class Sort:
    """One kind of document, and how it is read. data: an example with every field.

    optional: fields that may be missing, by their paths.
    names: objects whose keys are names, so that none of them has to be there.
    nullable: fields that may be null.
    ignored: what nobody reads.
    """

    data: bytes
    read: Callable[[bytes, str], object]
    optional: str = ""
    names: str = ""
    nullable: str = ""
    ignored: str = ""

    @property
    def document(self) -> Any:
        """The example, parsed afresh."""
        return json.loads(self.data)


def _said(path):
    return "/".join(map(str, path))


def _since(data, name):
    catalog = MemoryCatalog()
    catalog.put_new("drills/scims-db/since.json", data)
    try:
        return noted_since(catalog, "scims-db")
    except DocumentError as error:
        raise DocumentError(error.message.replace("drills/scims-db/since.json", name)) from error


SORTS = {
    "manifest": Sort(
        MANIFEST.to_bytes(),
        Manifest.from_bytes,
        optional="engine format labels",
        names="server tools labels",
    ),
    "manifest of another engine": Sort(
        Manifest(BACKUP, NOON, NOON, ARCHIVE, MANIFEST.proof, made_by=MadeBy("sqlite", "backup")).to_bytes(),
        Manifest.from_bytes,
        optional="format",
    ),
    "proof": Sort(
        PROOF.to_bytes(),
        Proof.from_bytes,
        optional="engine format members unheld",
        names="server/facts tables sequences reported unjudged"
        " schema schema/table schema/table/items members members/table members/table/items",
        nullable="tables/items/digest reported/view/digest large_objects/digest",
    ),
    "report": Sort(
        REPORT.to_bytes(),
        Report.from_bytes,
        optional="compared ended sandbox_removed after_restore of",
        names="seconds compared",
    ),
    "tombstone": Sort(Tombstone(MANIFEST.to_bytes()).to_bytes(), Tombstone.from_bytes),
    "claim": Sort(Holder("7f", NOON, NOON + HOUR).to_bytes(), Holder.from_bytes),
    "stored record": Sort(StoredRecord("restic", "4b" * 32).to_bytes(), StoredRecord.from_bytes),
    "order": Sort(Order({"stamp": BACKUP.stamp}).to_bytes(), Order.from_bytes, names="order"),
    "failed run": Sort(FailedRun("7f", "SourceError").to_bytes(), FailedRun.from_bytes),
    "copy": Sort(CopyRecord(BACKUP, "s3://copies", ARCHIVE).to_bytes(), CopyRecord.from_bytes),
    "sign-off": Sort(SignOff("Ada", NOON, "db on server").to_bytes(), SignOff.from_bytes),
    "request": Sort(
        Request(NOON, NOON + HOUR).to_bytes("7f"), Request.from_bytes, optional="deadline", ignored="run"
    ),
    "started": Sort(started_note("7f", NOON), started_in, ignored="run"),
    "task": Sort(task_note("arn:aws:ecs:1"), task_in),
    "refusal": Sort(Refusal("no capacity", temporary=True).to_bytes(), Refusal.from_bytes),
    "event": Sort(
        Event("7f", Kind.DRILL_FAILED, Severity.CRITICAL, NOON, "db", str(BACKUP), {}).to_bytes(),
        Event.from_bytes,
        nullable="backup",
    ),
    "since": Sort(b'{"version": 1, "since": "2026-11-22T12:00:00+00:00"}', _since),
}
VALUES: list[Any] = [None, True, 7, 7.5, "text", [7], {"key": {"key": {"key": {}}}}]
"""One of each JSON type; nowhere are an array of numbers and an object of these keys right."""


def _paths(value, path=()):
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _paths(one, (*path, key))


FIELDS = [
    pytest.param(sort, path, id=f"{name}-{_said(path)}")
    for name, sort in SORTS.items()
    for path in _paths(sort.document)
    if _said(path) not in sort.ignored.split()
]


def _changed(sort, path, change):
    """The example's bytes after a change of the object or array that a field is in."""
    document = place = sort.document
    for key in path[:-1]:
        place = place[key]
    change(place)
    return json.dumps(document).encode()


@pytest.mark.parametrize("name", SORTS)
def test_the_example_of_each_kind_is_read(name):
    sort = SORTS[name]
    assert sort.read(sort.data, NAME)


@pytest.mark.parametrize(("sort", "path"), FIELDS)
def test_a_missing_field_is_refused_unless_it_is_optional(sort, path):
    data = _changed(sort, path, lambda place: place.pop(path[-1]))
    is_name = _said(path[:-1]) in sort.names.split()
    if is_name or isinstance(path[-1], int) or _said(path) in sort.optional.split():
        sort.read(data, NAME)
        return
    with pytest.raises(DocumentError, match=rf"^{NAME} (is damaged: .*\b{path[-1]}\b|has version 2)"):
        sort.read(data, NAME)


def _is_right(sort, path, right, wrong):
    """Whether a value is of the right JSON type after all; what a text says is looked at below."""
    if wrong is None and _said(path) in sort.nullable.split():
        return True
    if path[0] in ("schema", "members") and len(path) == len(("schema", "table", "items", "owner")):
        return wrong is None or isinstance(wrong, str | int)  # of these and lists is a facet
    if path[:1] == ("seconds",) and len(path) > 1:
        return type(wrong) in (int, float)
    return type(wrong) is type(right) and not isinstance(wrong, list | dict)


@pytest.mark.parametrize("wrong", VALUES, ids=repr)
@pytest.mark.parametrize(("sort", "path"), FIELDS)
def test_a_field_of_another_type_is_refused(sort, path, wrong):
    right = sort.document
    for key in path:
        right = right[key]
    if _is_right(sort, path, right, wrong) or (path == ("facts",) and isinstance(wrong, dict)):
        return
    data = _changed(sort, path, lambda place: operator.setitem(place, path[-1], wrong))
    with pytest.raises(DocumentError, match=f"^{NAME} is damaged: ") as caught:
        sort.read(data, NAME)
    assert str(path[0]) in caught.value.message


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("manifest", "id"),
        ("manifest", "source"),
        ("manifest", "stamp"),
        ("manifest", "started"),
        ("manifest", "finished"),
        ("proof", "level"),
        ("report", "verdict"),
        ("report", "ended"),
        ("claim", "since"),
        ("claim", "until"),
        ("copy", "id"),
        ("sign-off", "at"),
        ("request", "started"),
        ("request", "deadline"),
        ("started", "started"),
        ("event", "severity"),
        ("event", "time"),
        ("since", "since"),
    ],
)
@pytest.mark.parametrize("text", ["text", "", "\ud800", "9999-12-31T23:59:59-23:00", "2026-11-22T02:00:00"])
def test_a_text_that_is_no_moment_name_or_word_of_its_field_is_refused(name, path, text):
    data = _changed(SORTS[name], (path,), lambda place: operator.setitem(place, path, text))
    with pytest.raises(DocumentError, match=f"^{NAME} is damaged: "):
        SORTS[name].read(data, NAME)


@pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
@pytest.mark.parametrize("version", [None, True, 0, -1, 1.0, "1", [1]], ids=repr)
def test_what_is_no_version_is_refused(sort, version):
    with pytest.raises(DocumentError, match=f"^{NAME} is damaged: it has no version"):
        sort.read(json.dumps({**sort.document, "version": version}).encode(), NAME)


@pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
def test_a_newer_version_is_refused_and_not_called_damaged(sort):
    newer = {"version": sort.document["version"] + 1, "engine": sort.document.get("engine", "postgresql")}
    with pytest.raises(DocumentError, match=f"^{NAME} has version {newer['version']}; the newest"):
        sort.read(json.dumps(newer).encode(), NAME)


@pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
def test_a_key_that_is_not_known_changes_nothing(sort):
    more = json.dumps({**sort.document, "unheard of": [{"x": None}]}).encode()
    assert sort.read(more, NAME) == sort.read(sort.data, NAME)
