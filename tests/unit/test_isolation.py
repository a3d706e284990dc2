"""The unit suite's fences, and the domain's."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketBlockedError

import scims_backup
from tests.unit.conftest import ForbiddenInUnitTestsError

DOMAIN = Path(scims_backup.__file__).parent / "domain"


def test_a_socket_is_refused_in_a_unit_test():
    with pytest.raises(SocketBlockedError):
        socket.socket()


def test_a_program_is_refused_in_a_unit_test():
    with pytest.raises(ForbiddenInUnitTestsError):
        subprocess.run(["true"], check=True)


@pytest.mark.parametrize("path", sorted(DOMAIN.rglob("*.py")), ids=lambda path: path.name)
def test_the_domain_imports_only_the_standard_library_and_itself(path):
    foreign = {
        name
        for name in imported_names(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("scims_backup.domain")
    }
    assert foreign == set()


def imported_names(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names
