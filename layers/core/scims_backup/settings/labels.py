"""The labels of a backup, wherever they are set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from scims_backup.domain.errors import UsageError
from scims_backup.domain.labels import checked_labels, labels_listed, labels_typed
from scims_backup.ports.settings_keys import Keys, Written, key

Labels = Mapping[str, str]
NO_LABELS: Labels = {}


def read_labels(written: Written) -> Labels:
    """Read labels from a table. Raise UsageError if one is invalid."""
    return _at(written, lambda: checked_labels(written.table()))


def _read_listed(written: Written) -> Labels:
    return _at(written, partial(labels_listed, written.text()))


def _read_typed(written: Written) -> Labels:
    return _at(written, partial(labels_typed, written.value))


def _at(written: Written, read: Callable[[], Labels]) -> Labels:
    """Add to an error where the label was set."""
    try:
        return read()
    except UsageError as error:
        message = error.message if str(written) in error.message else f"{error.message} ({written})"
        raise UsageError(message, error.cure) from None


@dataclass(frozen=True, kw_only=True)
class LabelKeys(Keys):
    """Labels that stand in no settings document; they join those that do, and win over them."""

    listed: Labels = key(
        _read_listed,
        "[labels](#labels) of the backup as `key=value,key=value`",
        name="",
        variable="SCIMS_LABELS",
        default=NO_LABELS,
    )
    typed: Labels = key(
        _read_typed,
        "a [label](#labels) of the backup",
        name="",
        option="--label KEY=VALUE",
        default=NO_LABELS,
    )
