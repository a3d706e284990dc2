"""Backups of PostgreSQL that count only once they have been shown to restore."""

__version__ = "0.1.0"
