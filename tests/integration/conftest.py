"""Fixtures that several of these suites share."""

import pytest

from tests.support.restic import ResticPlayground


@pytest.fixture(scope="session")
def prepared_repository(tmp_path_factory):
    """An initialised restic repository, to be copied: initialising one takes longer than most tests."""
    place = ResticPlayground(tmp_path_factory.mktemp("restic"))
    place.vault().prepare()
    return place.repository
