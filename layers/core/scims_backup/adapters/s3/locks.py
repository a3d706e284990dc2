"""Object Locks of objects that are there: seen, and extended, never shortened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.s3_errors import (
    ERRORS,
    Failure,
    S3Error,
    cure,
    described,
    failure_of,
    is_not_set,
    is_unknown_question,
)
from scims_backup.domain.object_lock import ObjectLock

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOCKED_LATER = timedelta(days=1)
"""What an extension must gain: each is a request that is paid for."""
_AT_ONCE = 8
_BUCKET_RIGHT = "s3:GetBucketObjectLockConfiguration"
_RIGHTS = "s3:GetObjectRetention and s3:PutObjectRetention"


@dataclass(frozen=True)
class ObjectLocks:
    """The locks of objects in a place.

    client: which threads share
    lock: how far they may reach
    """

    client: S3Client
    place: S3Place
    lock: ObjectLock
    clock: Callable[[], datetime]

    def extend(self, until: Mapping[str, datetime]) -> list[str]:
        """Lock objects until their moments, or as far as is allowed; return what could not be, in words.

        In a bucket without Object Lock there is nothing to extend. An object that is gone needs no lock.
        """
        try:
            if not until or not self._is_locking():
                return []
        except ERRORS as error:
            return [
                self._told(f"cannot check whether bucket {self.place.bucket} locks", error, _BUCKET_RIGHT)
            ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            told = pool.map(self._extended, until, until.values())
        return [problem for problem in told if problem]

    def _is_locking(self) -> bool:
        try:
            found = self.client.get_object_lock_configuration(Bucket=self.place.bucket)
        except ERRORS as error:
            if is_not_set(error) or is_unknown_question(error):
                return False
            raise
        return found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"

    def _extended(self, name: str, wanted: datetime) -> str | None:
        try:
            self._extend(name, wanted)
        except ERRORS as error:
            if failure_of(error) is Failure.MISSING:
                return None
            return self._told(f"the lock of {name} was not extended", error, _RIGHTS)
        return None

    def _extend(self, name: str, wanted: datetime) -> None:
        now = self.clock()
        until = min(wanted, self.lock.latest(now))
        mode, there = self._there(name)
        if there and there > now and mode != self.lock.mode:
            return  # no role may change one mode into the other; it is locked again when that lock ends
        if until > now and (there is None or until - there >= _LOCKED_LATER):
            self.client.put_object_retention(
                Bucket=self.place.bucket,
                Key=self.place.key(name),
                Retention={"Mode": self.lock.mode, "RetainUntilDate": until},
            )

    def _there(self, name: str) -> tuple[str | None, datetime | None]:
        try:
            answer = self.client.get_object_retention(Bucket=self.place.bucket, Key=self.place.key(name))
        except ERRORS as error:
            if is_not_set(error):
                return None, None
            raise
        found = answer.get("Retention", {})
        return found.get("Mode"), found.get("RetainUntilDate")

    def _told(self, what: str, error: S3Error, right: str) -> str:
        bucket = self.place.bucket
        return f"{what}, in {self.place}: {described(error)} ({cure(failure_of(error), bucket, right)})"
