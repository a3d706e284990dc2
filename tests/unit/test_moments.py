"""Moments as the user types them."""

from datetime import UTC, datetime

import pytest

from scims_backup.domain.errors import UsageError
from scims_backup.domain.moments import end_typed, moment_typed


@pytest.mark.parametrize("text", ["2026-11-22T02:00:00Z", "2026-11-22T03:00:00+01:00", "20261122T020000Z"])
def test_a_moment_has_an_offset(text):
    assert moment_typed(text, "--now") == datetime(2026, 11, 22, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-11-22", "2026-11-22T02:00:00", "2026-13-01T00:00:00Z"]
)
def test_what_is_no_moment_is_refused_by_its_option(text):
    with pytest.raises(UsageError, match="--now"):
        moment_typed(text, "--now")


def test_a_date_means_its_last_second():
    assert end_typed("2026-12-31", "--until") == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert end_typed("2026-12-31T00:00:00Z", "--until") == datetime(2026, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-02-30", "for ever"])
def test_what_is_neither_is_refused(text):
    with pytest.raises(UsageError, match="--until"):
        end_typed(text, "--until")
