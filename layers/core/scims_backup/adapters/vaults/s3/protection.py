"""How archives are encrypted, and protected from removal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scims_backup.domain.object_lock import ObjectLock


@dataclass(frozen=True)
class Protection:
    """The KMS key by id, alias or ARN, and the lock; None: what the bucket does by default."""

    encryption_key: str | None
    lock: ObjectLock | None

    def options(self, taken: datetime, now: datetime) -> dict[str, Any]:
        """Return what create_multipart_upload takes for it. taken: the backup's own moment."""
        options: dict[str, Any] = {}
        if self.encryption_key:
            options |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.encryption_key}
            options |= {"BucketKeyEnabled": True}
        # a late run's, for a time whose backup the policy no longer keeps, is not locked
        if self.lock and (until := self.lock.of_fresh(taken, now)) > now:
            options |= {"ObjectLockMode": self.lock.mode, "ObjectLockRetainUntilDate": until}
        return options
