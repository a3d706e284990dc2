"""What a running process needs whatever it does: logs, signals, progress."""
