"""What can be a key of a catalog, wherever it lies: the same in a folder and in a bucket."""

from __future__ import annotations

from scims_backup.domain.errors import UsageError


def is_key(name: str) -> bool:
    """Say whether a name can be a key: it would neither leave its folder nor hide in it."""
    return "\0" not in name and all(part and not part.startswith(".") for part in name.split("/"))


def check_key(key: str) -> None:
    """Raise UsageError if this cannot be a key."""
    if not is_key(key):
        raise UsageError(
            f"{key!r} is not a valid catalog key", "no part of a key may be empty or start with '.'"
        )


def check_prefix(prefix: str) -> None:
    """Raise UsageError if no key can begin so: its folders must be as those of a key."""
    folder, _, _ = prefix.rpartition("/")
    if folder:
        check_key(folder)
