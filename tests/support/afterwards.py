"""What a fixture promises of a test's end, checked within the test: a teardown that fails blames another."""

from collections.abc import Callable, Generator

import pytest

Check = Callable[[], None]
Afterwards = Callable[[Check], None]
"""Has something checked at the end of a test that came so far."""

_CHECKS = pytest.StashKey[list[Check]]()


@pytest.fixture
def afterwards(request: pytest.FixtureRequest) -> Afterwards:
    """Give a way to have something checked at the end of the test, the last first."""
    checks: list[Check] = request.node.stash.setdefault(_CHECKS, [])
    return checks.append


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the test, then its checks, for which nothing is patched any more."""
    outcome = yield
    checks, patched = pyfuncitem.stash.get(_CHECKS, []), pyfuncitem.funcargs.get("monkeypatch")
    if checks and isinstance(patched, pytest.MonkeyPatch):
        patched.undo()
    for check in reversed(checks):
        check()
    return outcome
