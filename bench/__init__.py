"""Benchmarks on real servers: `python -m bench wall`, `memory` and `drills`."""
