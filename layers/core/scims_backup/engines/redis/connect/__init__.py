"""Where a server is, and how to speak to it."""
