"""One snapshot of a source, dumped, and watched for what snapshots cannot see."""
