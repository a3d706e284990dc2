"""A SCIMS database to back up: a PostgreSQL server that asks for passwords, and its secrets."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

import psycopg

from localcloud.listening import address
from localcloud.places import ROOT
from localcloud.postgres_cluster import PostgresCluster
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

MAJOR = 15
DATABASE = "scims"
ROLE = "scims_backup"
_SCHEMA = ("demo/schema.sql", "demo/populate.sql")


class Source:
    """A fresh cluster with the SCIMS schema, filled.

    home: a folder to make; everybody must be able to enter the one that it is in. users: of SCIMS; nine
    rows for each.
    """

    def __init__(self, home: Path, users: int) -> None:
        chosen = os.environ.get("SCIMS_POSTGRESQL_BIN")  # as scims-backup itself, which runs beside
        self.programs = ClientPrograms.find_server(MAJOR, Path(chosen) if chosen else None)
        self._cluster = PostgresCluster(home, self.programs, "postgres")
        self._users = users
        self.port = self._cluster.port
        self.password = secrets.token_urlsafe(12)

    def start(self) -> None:
        """Start it; fill makes the database. Raise LocalCloudError if it does not come up."""
        self._cluster.start()

    def fill(self) -> None:
        """Wait for the server, and create the database and the role that backs it up."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
            connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'".encode())
            connection.execute(f"GRANT pg_read_all_data TO {ROLE}".encode())
        with self.connect() as connection:
            for file in _SCHEMA:
                connection.execute((ROOT / file).read_bytes())
            connection.execute("SELECT pg_temp.populate_scims(%s)", [self._users])
            connection.execute("ANALYZE")

    def connect(self, database: str = DATABASE) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the superuser, with autocommit; wait for a server that only just starts."""
        return self._cluster.connect(database)

    def secret(self) -> str:
        """The backup role's secret in the JSON form that RDS keeps in Secrets Manager."""
        return json.dumps(
            {
                "engine": "postgres",
                "host": address(),
                "port": self.port,
                "dbname": DATABASE,
                "username": ROLE,
                "password": self.password,
            }
        )

    def administrator(self) -> str:
        """The superuser's secret, with the database's address."""
        url = f"postgresql://postgres@{address()}:{self.port}/{DATABASE}?sslmode=require"
        return json.dumps({"url": url, "password": self._cluster.password})

    def stop(self) -> None:
        """End it; nothing is kept."""
        self._cluster.stop()
