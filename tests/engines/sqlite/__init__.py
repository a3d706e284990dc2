"""SQLite files as a kind of source: a folder of them is one backup. It shows what an engine costs."""
