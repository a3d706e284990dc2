"""Every catalog passes the same suite; a further one is a class with a fixture."""

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from tests.contract.catalog_contract import CatalogContract
from tests.fakes import MemoryCatalog


class TestFolderCatalog(CatalogContract):
    @pytest.fixture
    def catalog(self, tmp_path):
        return FolderCatalog(tmp_path / "not" / "there yet")


class TestMemoryCatalog(CatalogContract):
    @pytest.fixture
    def catalog(self):
        return MemoryCatalog()
