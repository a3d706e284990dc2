"""One module for each command: its options, what it does, and how it answers (catalogue.py lists them)."""
