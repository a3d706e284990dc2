"""Benchmarks on real servers: `python -m bench wall` and `python -m bench memory`."""
