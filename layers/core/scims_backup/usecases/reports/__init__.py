"""What a person reads: the list of backups, the checklist, doctor's findings."""
