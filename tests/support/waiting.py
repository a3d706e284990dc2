"""Waiting for what a killed process leaves to others."""

import os
import selectors
import time
from pathlib import Path


def wait_until_ended(pidfd: int) -> None:
    """Wait for the end of a process, and close what stands for it."""
    with selectors.DefaultSelector() as selector:
        selector.register(pidfd, selectors.EVENT_READ)
        assert selector.select(timeout=60)
    os.close(pidfd)


def wait_until_gone(path: Path) -> None:
    """Wait until a file or folder is there no longer."""
    deadline = time.monotonic() + 60
    while path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
