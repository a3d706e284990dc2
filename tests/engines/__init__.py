"""Engines that only the tests have."""
