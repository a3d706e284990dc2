"""Progress in words: for terminals, logs and pipes."""
