"""The registry of metrics: each one once, with its unit, its dimensions and what it means (docs/metrics.md)."""
