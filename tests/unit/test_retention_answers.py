"""Plans for people, also on a narrow terminal."""

import io

import pytest
from rich.console import Console

from scims_backup.cli.commands.prune import write_intent, write_plan, write_pruned
from scims_backup.cli.commands.storage import write_storage
from scims_backup.domain.backup import BackupId
from scims_backup.domain.much_at_once import Going
from scims_backup.domain.retention import Kept, Plan
from scims_backup.ports import Usage
from scims_backup.usecases.retention.intent import Intent
from scims_backup.usecases.retention.judge_leftovers import Dead, Left
from scims_backup.usecases.retention.pruned import Pruned, Refused
from scims_backup.usecases.stored.storage import SourceStorage, Storage
from scims_backup.usecases.stored.witnesses import Witnesses

GONE, KEPT = BackupId("scims-db", "20261120T020000Z"), BackupId("scims-db", "20261122T020000Z")
PLAN = Plan(
    (Kept(KEPT, ("newest", "newest proven", "weekly 2026-W47 (proven)", "monthly 2026-11")),), (GONE,)
)


def _written(write, width):
    written = io.StringIO()
    write(Console(file=written, width=width, color_system=None))
    return written.getvalue()


@pytest.mark.parametrize("width", [80, 10_000])
def test_a_plan_shows_every_backup_whole_with_what_becomes_of_it(width):
    lines = _written(lambda console: write_plan(console, PLAN), width).splitlines()
    assert any(line.startswith("keep") and str(KEPT) in line for line in lines)
    assert any(line.startswith("remove") and str(GONE) in line for line in lines)
    assert "1 to keep, 1 to remove" in lines[-1]


def test_what_was_refused_and_what_went_wrong_is_told():
    pruned = Pruned(PLAN, [], [Refused(GONE, "locked until 2027")], ["archives/x"], ["a damaged manifest"])
    text = _written(lambda console: write_pruned(console, pruned), 200)
    for told in (
        f"refused  {GONE}: locked until 2027",
        "archives/x, left by a run that died",
        "a damaged manifest",
    ):
        assert told in text


def test_a_plan_tells_what_must_be_confirmed_and_by_which_digest():
    going = Going(GONE, "4b" * 32)
    left = Dead(BackupId("scims-db", "20261101T020000Z"), (Left("archives/x", "runs/…"),))
    much, problems = ("4 of 5 backups would be removed at once",), (f"{KEPT} is not trusted",)
    intent = Intent(PLAN, (going,), (going,), (left,), much, problems, Witnesses("s3", {}))
    lines = _written(lambda console: write_intent(console, intent), 200).splitlines()
    for told in (
        f"remove  {GONE}, started by an earlier prune",
        "remove  archives/x, left by a run that died",
        f"problem  {KEPT} is not trusted",
        "confirm  4 of 5 backups would be removed at once",
        f"digest {intent.digest}",
    ):
        assert told in lines


@pytest.mark.parametrize("width", [80, 10_000])
def test_storage_shows_sizes_and_quotas_on_any_terminal(width):
    usage = Usage(
        "s3://a-bucket-with-a-long-name-in-eu-central-1/and/a/prefix", 2_000_000, 3_000_000, 500_000
    )
    storage = Storage((SourceStorage("scims-db", 12, usage, 1_000_000),), None)
    text = _written(lambda console: write_storage(console, storage), width)
    for told in (
        "scims-db",
        "12",
        "2.0 MB",
        "1.0 MB",
        "total 3.0 MB, quota none",
        "2.5 MB current, 500 kB in older versions",
    ):
        assert told in text.replace("\n", "")
