"""What prune keeps and removes."""
