"""Live servers that a backup is restored to."""
