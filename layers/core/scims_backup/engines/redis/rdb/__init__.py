"""The RDB format of Redis and Valkey, read as it streams past; values are skipped."""
