"""Backup ids and stamps: what is written is read back, and nothing else is taken for one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.domain.backup import BackupId, checked_source_name, moment_of, stamp_of
from scims_backup.domain.errors import UsageError

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30))  # noqa: DTZ001  # zones are drawn beside
ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
SOURCES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,62}", fullmatch=True)


def test_a_stamp_is_utc_to_the_second():
    moment = datetime(2026, 11, 22, 3, 0, 0, 999_999, timezone(timedelta(hours=1)))
    assert stamp_of(moment) == "20261122T020000Z"


@given(MOMENTS, ZONES)
def test_a_stamp_says_its_moment_in_whole_seconds(moment, zone):
    aware = moment.replace(tzinfo=zone)
    assert moment_of(stamp_of(aware)) == aware.astimezone(UTC).replace(microsecond=0)


@given(MOMENTS, MOMENTS)
def test_stamps_sort_as_their_moments(one, other):
    one, other = (moment.replace(tzinfo=UTC, microsecond=0) for moment in (one, other))
    assert (stamp_of(one) < stamp_of(other)) is (one < other)


@given(SOURCES, MOMENTS)
def test_an_id_is_read_back_as_it_was_written(source, moment):
    backup = BackupId(source, stamp_of(moment.replace(tzinfo=UTC)))
    assert BackupId.parse(str(backup)) == backup
    assert checked_source_name(backup.source) == source


def test_an_id_knows_its_moment():
    assert BackupId.parse("scims-db-20261122T020000Z").moment == datetime(2026, 11, 22, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "newest",
        "scims-db",
        "20261122T020000Z",
        "-20261122T020000Z",
        "scims-db-20261122T020000",
        "scims-db-20261122T020000Z\n",
        "scims-db-20261122t020000z",
        "Scims-20261122T020000Z",
        "../scims-db-20261122T020000Z",
        "scims/db-20261122T020000Z",
        "scims-db-\N{ARABIC-INDIC DIGIT TWO}0261122T020000Z",
        "scims-db-20269999T020000Z",
    ],
)
def test_what_is_no_backup_id_is_refused(text):
    with pytest.raises(UsageError, match="is not a backup id"):
        BackupId.parse(text)


@pytest.mark.parametrize(
    "name", ["", "Scims", "scims db", "scims/db", "..", "-scims", ".scims", "größe", "a" * 64, "scims\n"]
)
def test_a_source_name_that_cannot_be_part_of_a_key_is_refused(name):
    with pytest.raises(UsageError, match="is invalid"):
        checked_source_name(name)
