"""Opening connections: nothing but their parameters decides where they lead."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import TupleRow

from scims_backup.adapters.postgres.libpq_environment import undisturbed


def opened(**arguments: str) -> psycopg.Connection[TupleRow]:
    """Connect, with autocommit. arguments: all of libpq's parameters. Raise psycopg.Error if that fails."""
    given: dict[str, Any] = arguments
    with undisturbed():
        return psycopg.connect(autocommit=True, **given)
