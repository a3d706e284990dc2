"""The proof: what a database holds, read so that two that differ never read the same."""
