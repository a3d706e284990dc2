"""How archives are encrypted, and protected from removal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scims_backup.domain.object_lock import ObjectLock


@dataclass(frozen=True)
class Protection:
    """The KMS key by id, alias or ARN, and the lock; None: what the bucket does by default."""

    encryption_key: str | None
    lock: ObjectLock | None

    def options(self, now: datetime) -> dict[str, Any]:
        """Return what create_multipart_upload takes for it."""
        options: dict[str, Any] = {}
        if self.encryption_key:
            options |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.encryption_key}
            options |= {"BucketKeyEnabled": True}
        if self.lock:
            options |= {"ObjectLockMode": self.lock.mode}
            options |= {"ObjectLockRetainUntilDate": now + timedelta(days=self.lock.days)}
        return options
