"""Progress told in words: for terminals, logs and pipes."""
