"""Whether a password that a deployment makes can be that of the vault that is there."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.errors import VaultAccessError
from scims_backup.ports.stacks import StackFacts


@dataclass(frozen=True)
class PasswordedVault:
    """A restic repository, and the secret that a stack would open it with.

    secret: the ARN of the secret.
    bucket: where the repository is.
    folder: the folder of the bucket in which it is.
    """

    secret: str
    bucket: str
    folder: str


def refuse_younger_password(vault: PasswordedVault, facts: StackFacts) -> None:
    """Raise VaultAccessError if the password is younger than the repository, and so cannot open it."""
    repository = facts.repository_made(vault.bucket, vault.folder)
    if repository is not None and facts.password_made(vault.secret) > repository:
        raise VaultAccessError(
            f"the new password {vault.secret} would replace that of the vault in {vault.bucket}, "
            "and cannot read the backups there",
            "Set VaultPasswordArn to the secret of that vault: docs/deploy.md, "
            "'Updating from an earlier version'",
        )
