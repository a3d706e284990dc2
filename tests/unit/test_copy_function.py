"""The function that copies: what fits runs here, what does not is asked of a task, and failures are told."""

from types import SimpleNamespace

import pytest

from functions.copy import handler as copy
from scims_backup.domain.errors import (
    CopyTooSlowError,
    NothingToWorkOnError,
    UsageError,
    VaultAccessError,
)
from scims_backup.handling.function_run import UntoldError
from scims_backup.usecases.backups.copy_backup import Copied
from tests.fakes import a_manifest

CONTEXT = SimpleNamespace(aws_request_id="7f")
MANIFEST = a_manifest()
BACKUP = str(MANIFEST.backup)
DOCUMENT = """
catalog = "file:///here"
[sources.scims-db]
vault = "s3://here/v"
[sources.scims-db.copy]
catalog = "file:///there"
vault = "s3://there/v"
which = "newest-proven"
"""


class Played:
    """Stands for the application and its copy. bytes: of the archive; error: raised by the copy."""

    def __init__(self):
        self.bytes, self.error, self.is_there, self.asked, self.told = 1_000, None, False, [], []
        self.nothing, self.runs = False, 0

    def application(self, settings, *_others):
        self.selector = settings.selector
        return self

    def chosen(self):
        if self.nothing:
            raise NothingToWorkOnError("source scims-db has no backup that a drill has proven")
        archive = SimpleNamespace(bytes=self.bytes)
        return SimpleNamespace(backup=MANIFEST.backup, archive=archive)

    def copy_backup(self, ends):
        self.ends = ends
        return self

    def done(self, _backup):
        return Copied(MANIFEST, already=True) if self.is_there else None

    def run(self, _backup):
        self.runs += 1
        if self.error:
            raise self.error
        return Copied(MANIFEST, already=self.is_there)

    def record_failed_copy(self, error):
        self.told.append(error)

    # --- as the tasks ---

    running_task = None

    def running(self):
        return self.running_task

    def start(self, backup, request):
        self.asked.append((str(backup), request))
        return "arn:task"


@pytest.fixture
def played(monkeypatch):
    played = Played()
    monkeypatch.setattr(copy, "Application", played.application)
    monkeypatch.setattr(copy, "copy_tasks", lambda _environment: played)
    monkeypatch.setenv("SCIMS_SETTINGS", DOCUMENT)
    return played


def called(**event):
    return copy.handler(event, CONTEXT)


def test_what_the_settings_say_is_copied_by_a_schedule_and_what_was_named_by_hand(played):
    assert called(scheduled="2026-11-22T09:00:00Z") == {"outcome": "completed", "backup": BACKUP}
    assert played.selector == "newest-proven"
    called(backup="newest")
    assert played.selector == "newest"


def test_what_is_there_already_is_not_copied_again_though_it_is_large(played):
    played.is_there, played.bytes = True, 10**12
    assert called()["outcome"] == "already done"
    assert played.asked == []


@pytest.mark.parametrize(("size", "as_task"), [(9_000_000_000, False), (9_000_000_001, True), (10**12, True)])
def test_what_takes_longer_than_ten_minutes_is_asked_of_a_task(played, size, as_task):
    played.bytes = size
    assert called()["outcome"] == ("asked" if as_task else "completed")
    assert played.asked == ([(BACKUP, "7f")] if as_task else [])


def test_what_takes_longer_than_was_thought_is_asked_of_a_task_and_is_no_failure(played):
    played.error = CopyTooSlowError("too slow")
    assert called() == {"outcome": "asked", "backup": BACKUP, "task": "arn:task"}
    assert played.told == []


def test_a_task_is_asked_for_by_hand_however_small_the_archive_is(played):
    assert called(action="task")["outcome"] == "asked"
    assert played.asked == [(BACKUP, "7f")]


@pytest.mark.parametrize(
    "event", [{"action": "task"}, {"scheduled": "2026-11-22T09:00:00Z"}, {"backup": BACKUP}]
)
@pytest.mark.parametrize("size", [1_000, 10**12])
def test_beside_a_task_that_copies_no_other_copy_is_begun_in_any_way(played, event, size):
    played.running_task, played.bytes = "arn:other", size
    assert called(**event) == {"outcome": "already running", "backup": BACKUP, "task": "arn:other"}
    assert (played.asked, played.runs) == ([], 0)


def test_beside_a_task_that_was_begun_meanwhile_no_other_is_asked_for(played, monkeypatch):
    played.error = CopyTooSlowError("too slow")
    monkeypatch.setattr(played, "running", iter([None, "arn:other"]).__next__)
    assert called()["outcome"] == "already running"
    assert played.asked == []


def test_of_what_is_there_already_it_is_said_beside_a_running_task_too(played):
    played.is_there, played.running_task = True, "arn:other"
    assert called()["outcome"] == "already done"


def test_before_anything_is_proven_there_is_nothing_to_copy_and_nobody_is_woken(played):
    played.nothing = True
    assert called()["outcome"] == "nothing to copy"
    assert played.told == []


def test_a_failure_that_no_event_tells_of_is_told(played):
    played.error = VaultAccessError("refused")
    with pytest.raises(UntoldError):  # the played application keeps no events
        called()
    assert played.told == [played.error]


def test_what_is_asked_wrongly_is_refused(played):
    with pytest.raises(UntoldError, match=UsageError.__name__):
        called(action="move")
    assert played.told == []
