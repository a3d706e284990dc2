"""What is wrong with bytes that should be an RDB."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The kind of fault; what the reader's caller decides by."""

    NOT_AN_RDB = "not-an-rdb"
    VERSION_UNKNOWN = "version-unknown"
    RECORD_UNKNOWN = "record-unknown"
    TRUNCATED = "truncated"
    CHECKSUM_WRONG = "checksum-wrong"
    DAMAGED = "damaged"


class RdbError(Exception):
    """The bytes are not an RDB that can be taken. The text names no key and no value."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason

    @property
    def is_unknown(self) -> bool:
        """Whether a newer version of this program may know what this one does not."""
        return self.reason in (Reason.VERSION_UNKNOWN, Reason.RECORD_UNKNOWN)
