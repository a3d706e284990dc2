"""Connections to PostgreSQL: where they lead, what they may read, and what of their failures may be shown."""
