"""`scims-backup` with SQLite among its engines."""

from scims_backup.bootstrap.engines import ENGINES
from scims_backup.cli.main import main
from tests.engines.sqlite.engine import SqliteEngine

main(engines=ENGINES.with_engine(SqliteEngine()))
