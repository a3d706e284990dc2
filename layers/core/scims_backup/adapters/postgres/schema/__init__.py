"""The schema as a proof keeps it: every kind of object, its name and what is true of it."""

from scims_backup.adapters.postgres.schema.catalogs import unknown_columns
from scims_backup.adapters.postgres.schema.reading import read_schema
from scims_backup.adapters.postgres.schema.server import read_server

__all__ = ["read_schema", "read_server", "unknown_columns"]
