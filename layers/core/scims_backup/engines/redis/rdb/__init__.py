"""The RDB format: its frame is read, values are skipped."""
