"""The lines of the checklist about a restored PostgreSQL database."""

from __future__ import annotations

from scims_backup.domain.after_restore import FAILED as AFTER_RESTORE_FAILED
from scims_backup.domain.checklist import Look
from scims_backup.domain.checklist.lines import Topic
from scims_backup.domain.checklist.looks import APPLICATION

_ELSEWHERE = (
    *APPLICATION,
    AFTER_RESTORE_FAILED,
    "expectation-not-met",
    "foreign-key-violated",
    "index-damaged",
)
"""What can be wrong with a database that equals its source in every respect."""

LOOKS = (
    Look(
        Topic("restore-correct", "The restored data matches the source"),
        but=_ELSEWHERE,
        skipped=("content of rows", "table ", "sequence "),
        counted=("objects", "rows", "sequences"),
    ),
    Look(
        Topic("restore-all-tables", "Every table exists"),
        kinds=("table-missing", "foreign-table-missing", "extension-table-missing"),
        counted=("tables",),
    ),
    Look(
        Topic("restore-row-counts", "Every table has as many rows as in the source"),
        kinds=("rows-differ", "large-objects-differ", "table-missing", "extension-table-missing"),
        skipped=("table ",),
        counted=("rows", "tables"),
    ),
    Look(
        Topic("restore-foreign-keys", "Every foreign key exists and is valid"),
        kinds=(
            *("foreign-key-violated", "foreign-key-missing", "foreign-key-changed"),
            "foreign-key-unexpected",
            *("extension-foreign-key-missing", "extension-foreign-key-changed"),
        ),
        skipped=("foreign key ",),
    ),
    Look(
        Topic("restore-indexes", "Every index exists and is intact"),
        kinds=(
            *("index-missing", "index-changed", "index-damaged"),
            *("primary-key-missing", "primary-key-changed", "unique-missing", "unique-changed"),
            *("extension-index-missing", "extension-index-changed"),
            *("extension-primary-key-missing", "extension-unique-missing"),
        ),
        skipped=("index ", "structure of indexes"),
    ),
)
