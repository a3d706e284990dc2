"""The throwaway servers themselves: what the other tests rely on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.programs import MAJORS, ProgramsMissingError, programs_of
from tests.support.servers import PostgresServer, ServerError
from tests.support.waiting import wait_until_ended, wait_until_gone

HOLDER = """
import sys
from tests.support.servers import PostgresServer
with PostgresServer() as server:
    print(server.home, (server.data / "postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("major", MAJORS)
def test_a_server_of_each_major_answers(server_of, major):
    with server_of(major).connect() as connection:
        assert connection.info.server_version // 10000 == major


def test_a_database_with_an_awkward_name_is_reached_by_its_url(server):
    url = server.create_database('Größe "1" / a?b&c %20')
    try:
        with psycopg.connect(url) as connection:
            assert connection.info.dbname == 'Größe "1" / a?b&c %20'
    finally:
        server.drop_database('Größe "1" / a?b&c %20')


def test_each_test_has_a_database_of_its_own(database):
    database.execute("CREATE TABLE here (id int); INSERT INTO here VALUES (7)")
    assert database.value("SELECT id FROM here") == 7


def test_settings_and_superuser_are_the_callers():
    with (
        PostgresServer(settings={"work_mem": "7MB"}, superuser="Rds Admin") as server,
        server.connect() as connection,
    ):
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)
        assert connection.execute("SELECT current_user").fetchone() == ("Rds Admin",)


def test_tcp_wants_the_password():
    with PostgresServer(password="correct horse") as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.tcp_url(), password="wrong")
        with psycopg.connect(server.tcp_url(), password="correct horse") as connection:
            assert connection.info.host == "127.0.0.1"


def test_a_stopped_server_refuses_and_comes_back_with_its_data():
    with PostgresServer() as server:
        server.execute("CREATE TABLE kept ()")
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            server.connect()
        server.start_again()
        server.execute("SELECT FROM kept")


def test_a_server_leaves_nothing_after_an_exception():
    with pytest.raises(ZeroDivisionError), PostgresServer() as server:
        raise ZeroDivisionError
    assert not server.home.exists()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing():
    server = PostgresServer(settings={"max_connections": "many"})
    with pytest.raises(ServerError, match="max_connections"):
        server.__enter__()
    assert not server.home.exists()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_is_gone_when_its_process_was_killed(signum):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        home, postmaster = holder.stdout.readline().split()
        postmaster_ended = os.pidfd_open(int(postmaster))
        holder.send_signal(signum)
        holder.wait()
        wait_until_ended(postmaster_ended)
    wait_until_gone(Path(home))


def test_a_missing_major_is_named_with_the_cure():
    with pytest.raises(ProgramsMissingError, match=r"PostgreSQL 9 .*make setup-tests"):
        programs_of(9)


@pytest.mark.icu
def test_the_icu_server_knows_icu_collations(icu_server):
    icu_server.execute(
        "CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
    )
