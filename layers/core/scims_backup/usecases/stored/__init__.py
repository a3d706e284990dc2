"""What is stored: backups in the catalog, archives in the vault, and how both are read."""
