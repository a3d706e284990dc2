"""What the zip functions read from their environment, by the variables that are declared for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Key, Written, keys_of
from scims_backup.settings.places import s3_place

Made = TypeVar("Made")

SOURCE = "set it to the source's name, e.g. scims-db"
CATALOG = "set it to s3://BUCKET"


def read_variables(kind: type[Made], environment: Mapping[str, str]) -> Made:
    """Read the variables that a dataclass declares. Raise UsageError with all that is missing or wrong."""
    problems = Problems()
    values = {key.field: _value(key, environment, problems) for key in keys_of(kind)}
    problems.raise_any()
    return kind(**values)


def _value(key: Key, environment: Mapping[str, str], problems: Problems) -> Any:  # noqa: ANN401  as declared
    text = environment.get(key.variable)
    if text:
        return problems.attempt(partial(key.read, Written(text, key.variable, problems)), key.default)
    if key.missing:
        problems.add(f"{key.variable} is not set", key.missing)
    return key.default


def read_source(written: Written) -> str:
    """Read a source's name. Raise UsageError if it is none."""
    return checked_source_name(written.text())


def read_catalog_in_s3(written: Written) -> S3Place:
    """Read where a catalog is. Raise UsageError if that is not in S3."""
    if not written.text().startswith("s3://"):
        raise UsageError(f"{written} is {written.text()!r}, which is not a place in S3", CATALOG)
    return s3_place(written.text(), str(written))
