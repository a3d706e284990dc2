"""The schema as a proof keeps it: every kind of object, its name and what is true of it."""

from scims_backup.adapters.postgres.schema.catalogs import unknown_columns
from scims_backup.adapters.postgres.schema.members import read_members
from scims_backup.adapters.postgres.schema.reading import read_schema
from scims_backup.adapters.postgres.schema.server import read_server
from scims_backup.adapters.postgres.schema.unheld import read_unheld

__all__ = ["read_members", "read_schema", "read_server", "read_unheld", "unknown_columns"]
