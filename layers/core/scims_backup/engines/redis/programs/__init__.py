"""Finding servers for sandboxes."""
