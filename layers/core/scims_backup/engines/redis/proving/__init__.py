"""What a server holds: counts, digests, the key list."""
