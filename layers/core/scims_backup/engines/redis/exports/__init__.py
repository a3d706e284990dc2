"""Caches of ElastiCache, whose archives are snapshots that AWS exports to a bucket."""
