"""From nothing to settings that were tried out."""
