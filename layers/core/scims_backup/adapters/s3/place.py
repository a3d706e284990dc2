"""Where in a store something lives: a bucket, and what all its keys there begin with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class S3Place:
    """A part of a bucket that looks like a whole one: names in it are keys without the prefix.

    prefix: without slashes at its ends; empty for the whole bucket.
    """

    bucket: str
    prefix: str = ""

    def key(self, name: str) -> str:
        """Return the bucket's key for a name here; for an empty one, what all keys here begin with."""
        return f"{self.prefix}/{name}" if self.prefix else name

    def name(self, key: str) -> str:
        """Return the name for a key of the bucket. Raise ValueError if the key is not of this place."""
        if not key.startswith(self.key("")):
            raise ValueError(f"{key!r} is not in {self}")
        return key.removeprefix(self.key(""))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}" if self.prefix else f"s3://{self.bucket}"
