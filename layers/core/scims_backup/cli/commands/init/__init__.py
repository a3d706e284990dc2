"""`scims-backup init`: from nothing to settings and a schedule."""
