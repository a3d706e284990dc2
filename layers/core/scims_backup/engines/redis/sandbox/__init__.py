"""Disposable servers on this machine."""
