"""Reading the source: the RDB of a replication."""
