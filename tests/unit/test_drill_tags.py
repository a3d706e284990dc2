"""The tags of what a drill made: written and read back; a foreign tag of the same name expires nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_tags import DrillTags, drill_tag

EXPIRES = datetime(2026, 11, 22, 9, tzinfo=UTC)
DRILL = drill_tag(BackupId("scims-db", "20261122T020000Z"), "20261122T030000Z")


@pytest.mark.parametrize(
    "tags", [DrillTags(DRILL, EXPIRES), DrillTags(DRILL, EXPIRES, "scims-prod")], ids=["task", "server"]
)
def test_tags_are_read_as_they_were_written(tags):
    assert DrillTags.among(tags.written()) == tags


@pytest.mark.parametrize(
    "expires", ["", "soon", "2026-11-22T08:00:00"], ids=["missing", "no date", "no zone"]
)
def test_what_has_no_moment_never_expires(expires):
    found = DrillTags.among({"scims:drill": DRILL, "scims:expires": expires})
    assert found is not None
    assert not found.have_expired(EXPIRES + timedelta(days=365))


def test_what_has_no_tag_of_a_drill_is_no_drills():
    assert DrillTags.among({"scims:expires": EXPIRES.isoformat(), "owner": "somebody"}) is None
