"""A vault in a bucket of S3, or of a store that speaks as S3 does."""

from scims_backup.adapters.vaults.s3.vault import S3Vault

__all__ = ["S3Vault"]
