"""The function that removes backups."""
