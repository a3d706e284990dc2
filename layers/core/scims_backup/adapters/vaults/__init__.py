"""Vaults: where archives lie."""
