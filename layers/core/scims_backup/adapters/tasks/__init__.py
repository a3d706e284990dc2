"""Where drills run as tasks."""
