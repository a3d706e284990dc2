"""The registry of metrics: each once, with its unit, its dimensions and what it means (docs/metrics.md)."""
