"""The keys of the history, of summaries, and of the status page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scims_backup.domain.backup import moment_of, stamp_of
from scims_backup.domain.keys.stamps import has_stamp

_RECORD = re.compile(r"history/[^/]+/\d{4}/\d\d/([^/-]+)-([a-z]+)-[^/]+\.json", re.ASCII)


def history(source: str) -> str:
    """The prefix of the records of a source's runs."""
    return f"history/{source}/"


def history_of_month(source: str, month: datetime) -> str:
    """The prefix of the records of the runs that began in the month of a moment, in UTC."""
    return f"{history(source)}{month.astimezone(UTC):%Y/%m}/"


def run_record(source: str, began: datetime, kind: str, name: str) -> str:
    """The key of the record of a run. name: unique among those of its kind that began at the moment."""
    return f"{history_of_month(source, began)}{stamp_of(began)}-{kind}-{name}.json"


def is_run_record(key: str) -> bool:
    """Say whether a key is that of the record of a run."""
    return has_stamp(_RECORD.fullmatch(key))


def source_of_record(key: str) -> str:
    """The source that a record's key names."""
    return key.split("/")[1]


def began_of_record(key: str) -> datetime:
    """When the run began that a record's key names, in whole seconds."""
    return moment_of(key.rpartition("/")[2].split("-")[0])


def kind_of_record(key: str) -> str:
    """The kind of run that a record's key names."""
    return key.rpartition("/")[2].split("-")[1]


def name_of_record(key: str) -> str:
    """The name of the run that a record's key names; the stamp of a completed backup."""
    return key.rpartition("/")[2].removesuffix(".json").split("-", 2)[2]


def summaries(source: str) -> str:
    """The prefix of the summaries of a source, at most one of which is of the keys that there are now."""
    return f"summaries/{source}/"


def summary(source: str, digest: str) -> str:
    """The key of the summary of a source's documents. digest: of the keys that were listed for it."""
    return f"{summaries(source)}{digest}.json"


PAGES = "page"
"""What the keys of the status page begin with; nothing reads them but a browser."""
