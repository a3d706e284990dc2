"""`scims-backup restore`: its options in `command`, and a module for each of its four ways."""
