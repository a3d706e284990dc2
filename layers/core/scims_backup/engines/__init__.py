"""Kinds of sources: one folder each holds everything about one, and `registry` lists them."""
