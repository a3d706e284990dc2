"""What the handlers of all functions have in common: waking, watching, outcomes and metrics."""
