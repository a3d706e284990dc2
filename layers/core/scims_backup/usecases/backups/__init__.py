"""Taking backups, copying them, and watching their sizes."""
