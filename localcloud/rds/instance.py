"""An instance as its master user sees it: rdsadmin is the superuser, and the master is none."""

from pathlib import Path

from psycopg import sql

from localcloud.postgres_cluster import PostgresCluster
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

ADMIN = "rdsadmin"
_ROLES = """
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_replication NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE rds_ad NOLOGIN;
CREATE ROLE rdsrepladmin NOLOGIN REPLICATION;
CREATE ROLE rdstopmgr LOGIN;
GRANT pg_monitor, pg_signal_backend, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION;
GRANT pg_checkpoint, pg_read_all_data, pg_write_all_data TO rds_superuser WITH ADMIN OPTION;
CREATE DATABASE rdsadmin;
REVOKE ALL ON DATABASE rdsadmin FROM PUBLIC;
"""


class Instance:
    """A fresh server.

    home: a folder to make. programs: of its major version.
    """

    def __init__(self, home: Path, programs: ClientPrograms) -> None:
        self._cluster = PostgresCluster(home, programs, ADMIN)
        self.port = self._cluster.port

    def start(self, master: str, password: str) -> None:
        """Start it, and give it its master user. Raise LocalCloudError if it does not come up."""
        self._cluster.start()
        with self._cluster.connect("postgres") as connection:
            for statement in filter(str.strip, _ROLES.split(";")):
                connection.execute(statement.encode())
            role, secret = sql.Identifier(master), sql.Literal(password)
            made = "CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {} VALID UNTIL 'infinity'"
            connection.execute(sql.SQL(made).format(role, secret))
            connection.execute(sql.SQL("GRANT rds_superuser TO {} WITH ADMIN OPTION").format(role))
            connection.execute(sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(role))

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement as RDS itself."""
        with self._cluster.connect(database) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """End it; nothing is kept."""
        self._cluster.stop()
