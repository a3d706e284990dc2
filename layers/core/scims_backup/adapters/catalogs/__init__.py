"""Catalogs: where manifests, proofs, drills and events lie as small objects under keys."""
