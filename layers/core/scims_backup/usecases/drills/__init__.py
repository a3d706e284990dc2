"""Drills: restored into a sandbox, proven again, compared, and decided."""
