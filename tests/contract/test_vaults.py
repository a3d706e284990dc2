"""Every vault passes the same suites; a further one is a class with fixtures."""

import pytest

from tests.contract.vault_contract import SOURCE, VaultContract, VaultFaultContract
from tests.fakes import MemoryVault
from tests.support.restic import ResticPlayground
from tests.support.s3.vaults import S3Playground


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory):
    place = ResticPlayground(tmp_path_factory.mktemp("restic")).lay()
    place.vault(SOURCE).prepare()
    return place


class TestResticVault(VaultContract):
    @pytest.fixture
    def vault(self, shared_place):
        return shared_place.vault(SOURCE)

    @pytest.fixture
    def neighbour(self, shared_place):
        return shared_place.vault("scims-db-2")


class TestResticVaultFaults(VaultFaultContract):
    @pytest.fixture
    def place(self, tmp_path):
        return ResticPlayground(tmp_path).lay()


@pytest.fixture(scope="module", params=["moto", "seaweedfs", "localstack"])
def s3_server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def shared_bucket(s3_server, tmp_path_factory):
    place = S3Playground(s3_server, tmp_path_factory.mktemp("s3"))
    place.vault(SOURCE).prepare()
    place.vault("scims-db-2").prepare()
    return place


class TestS3Vault(VaultContract):
    @pytest.fixture
    def vault(self, shared_bucket):
        return shared_bucket.vault(SOURCE)

    @pytest.fixture
    def neighbour(self, shared_bucket):
        return shared_bucket.vault("scims-db-2")

    def test_archives_are_listed_oldest_first(self, shared_bucket):
        """As everywhere; but S3 tells whole seconds, so each store waits for a new one."""
        client = shared_bucket.client()
        events = client.meta.events
        events.register("before-call.s3.CreateMultipartUpload", shared_bucket.await_next_second)
        super().test_archives_are_listed_oldest_first(shared_bucket.vault(SOURCE, client=client))


class TestS3VaultFaults(VaultFaultContract):
    @pytest.fixture
    def place(self, s3_server, tmp_path):
        return S3Playground(s3_server, tmp_path)


class TestMemoryVault(VaultContract):
    clockless = True

    @pytest.fixture
    def vault(self):
        return MemoryVault()

    @pytest.fixture
    def neighbour(self):
        return MemoryVault()
