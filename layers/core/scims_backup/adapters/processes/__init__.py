"""Child processes: run, watched, ended, and never left behind."""
