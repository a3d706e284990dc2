"""The function that takes backups."""
