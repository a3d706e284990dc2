"""The schema as a proof keeps it: every kind of object, its name and what is true of it."""

from scims_backup.engines.postgresql.schema.members import read_members
from scims_backup.engines.postgresql.schema.reading import read_schema
from scims_backup.engines.postgresql.schema.server import read_server
from scims_backup.engines.postgresql.schema.system_catalogs import unknown_columns
from scims_backup.engines.postgresql.schema.unheld import read_unheld

__all__ = ["read_members", "read_schema", "read_server", "read_unheld", "unknown_columns"]
