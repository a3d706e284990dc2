"""The server that a backup is restored to, beside what lives there."""
