"""What `init` writes, from the answers to its questions: the settings document, cron lines, systemd units."""
