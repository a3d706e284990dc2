"""Labels: notes that go with a backup, e.g. the commit that was deployed. They are not secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scims_backup.domain.errors import UsageError

MOST = 32
"""Labels of one backup: they travel in its manifest and in its event."""
LONGEST_VALUE = 255
_KEY = re.compile(r"[a-z0-9_.-]{1,63}")


def checked_labels(labels: Mapping[str, object]) -> dict[str, str]:
    """Return labels that a backup can have. Raise UsageError if it cannot have them."""
    if len(labels) > MOST:
        raise UsageError(f"{len(labels)} labels are too many", f"give at most {MOST}")
    return {_checked_key(key): _checked_value(key, value) for key, value in labels.items()}


def labels_typed(pairs: Iterable[str]) -> dict[str, str]:
    """Read labels that were typed one by one, as `key=value`. Raise UsageError if one is invalid."""
    labels: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"label {pair!r} has no value", "write it as KEY=VALUE")
        if key in labels:
            raise UsageError(f"label {key} is given twice", "give each label once")
        labels[key] = value
    return checked_labels(labels)


def labels_listed(text: str) -> dict[str, str]:
    """Read `key=value,key=value`, as in a variable. Raise UsageError if a label is invalid.

    No value can have a comma here.
    """
    return labels_typed(pair.strip() for pair in text.split(",") if pair.strip())


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"label {key!r} has no usable key",
            "use 1 to 63 lower-case letters, digits, '.', '_' and '-' before the '='",
        )
    return key


def _checked_value(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"the value of label {key} is not text", "write it in quotes")
    if len(value) > LONGEST_VALUE or not value.isprintable():
        raise UsageError(
            f"the value of label {key} is invalid",
            f"use at most {LONGEST_VALUE} printable characters, without line breaks",
        )
    return value
