"""Every vault passes the same suites; a further one is a class with fixtures."""

import pytest

from tests.contract.vault_contract import SOURCE, VaultContract, VaultFaultContract
from tests.fakes import MemoryVault
from tests.support.restic import ResticPlayground


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory):
    place = ResticPlayground(tmp_path_factory.mktemp("restic"))
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
        return ResticPlayground(tmp_path)


class TestMemoryVault(VaultContract):
    clockless = True

    @pytest.fixture
    def vault(self):
        return MemoryVault()

    @pytest.fixture
    def neighbour(self):
        return MemoryVault()
