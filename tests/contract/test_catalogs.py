"""Every catalog passes the same suite; a further one is a class with a fixture."""

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
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


class TestS3Catalog(CatalogContract):
    @pytest.fixture(params=["moto", "seaweedfs", "localstack"])
    def catalog(self, request, monkeypatch):
        server = request.getfixturevalue(request.param)
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        return S3Catalog(new_client(), S3Place(server.new_bucket(), "some/prefix"))
