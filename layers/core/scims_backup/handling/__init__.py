"""What the handlers of all functions have in common: triggers, runs, outcomes and metrics."""
