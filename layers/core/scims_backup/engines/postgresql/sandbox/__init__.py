"""Disposable servers in which archives are restored and proven."""
