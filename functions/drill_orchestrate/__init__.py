"""The function that has backups drilled."""
