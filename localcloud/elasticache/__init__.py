"""ElastiCache: caches that others run, and snapshots of them that are exported to S3."""
