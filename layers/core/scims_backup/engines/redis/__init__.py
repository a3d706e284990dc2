"""Redis and Valkey: backup by replication, proof, drill, restore."""
