"""A vault in a restic repository: local folder, S3, or any other place that restic knows."""

from scims_backup.adapters.vaults.restic.vault import ResticVault

__all__ = ["ResticVault"]
