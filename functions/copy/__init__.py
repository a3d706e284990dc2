"""The function that makes second copies."""
