"""Restores beside a live database, and into its place."""
