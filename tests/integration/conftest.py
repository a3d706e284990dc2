"""Fixtures that several of these suites share."""

import pytest

from tests.support.restic import ResticPlayground


@pytest.fixture(scope="session")
def prepared_repository(tmp_path_factory):
    """An empty restic repository, to be copied."""
    return ResticPlayground(tmp_path_factory.mktemp("restic")).lay().repository
