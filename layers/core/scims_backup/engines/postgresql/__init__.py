"""PostgreSQL: reading a source at one snapshot, dumping it, and proving what a database holds."""
