"""Writing results to standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.domain.errors import OperationFailedError


def print_json(document: object) -> None:
    """Print one JSON value on standard output."""
    print(json.dumps(document, indent=2, ensure_ascii=False))  # noqa: T201


@contextmanager
def unbroken_output() -> Iterator[None]:
    """Ignore that the reader of standard output is gone: the work is done, and the exit code says so.

    Raise OperationFailedError if the output cannot be written for another reason, e.g. a full disk.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        raise OperationFailedError(f"the result cannot be written: {error.strerror}") from error


def _discard_output() -> None:
    # The interpreter flushes once more at its end (docs.python.org, signal, note on SIGPIPE)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
