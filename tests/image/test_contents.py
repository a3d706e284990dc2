"""What is in the image, and how it starts."""

import os

import pytest

from tests.image.containers import AS_A_TASK, AS_LAMBDA, docker, inspected, run

MAJOR = os.environ.get("SCIMS_IMAGE_MAJOR", "15")
_A_SERVER = """
initdb --pgdata=/tmp/data --username=postgres --auth=trust --no-sync >/tmp/log
pg_ctl --pgdata=/tmp/data --silent --wait --log=/tmp/log \
    --options='-c unix_socket_directories=/tmp -c listen_addresses= -c fsync=off {}' start
psql --host=/tmp --username=postgres --no-align --tuples-only --quiet {}
"""


def test_the_programs_are_those_of_the_major_and_start():
    said = run("pg_dump --version; postgres --version; restic version; valkey-server --version", *AS_LAMBDA)
    assert said.count(f"(PostgreSQL) {MAJOR}.") == 2
    assert "restic 0.18" in said
    assert "Valkey server v=9" in said


def test_only_the_tasks_disk_is_a_volume_and_it_is_the_tasks_own():
    assert inspected()["Config"]["Volumes"] == {"/tmp": {}}
    before = docker("volume", "ls", "--quiet")
    assert run("stat --format '%U %a' /tmp; touch /tmp/file", *AS_A_TASK) == "postgres 1777\n"
    assert docker("volume", "ls", "--quiet") == before


def test_certificates_of_the_checkout_are_in_it():
    assert "README" in run("ls /opt/certificates", *AS_LAMBDA)


def test_what_no_container_needs_is_not_there():
    found = run(
        "find / -xdev -name 'libLLVM*' -o -xdev -name 'llvmjit*'; ls /usr/share/doc 2>/dev/null || true"
    )
    assert found == ""


def test_a_query_that_would_be_compiled_is_interpreted():
    jit = "-c jit=on -c jit_above_cost=0"
    query = "--command='SELECT sum(n) FROM generate_series(1, 1000) AS n'"
    assert run(_A_SERVER.format(jit, query), *AS_A_TASK) == "500500\n"


@pytest.mark.skipif(
    MAJOR != "17", reason="Debian has extensions for 17 alone: SCIMS_IMAGE_MAJOR=17 make e2e-image"
)
def test_extensions_of_packages_can_be_created():
    preloaded = "-c shared_preload_libraries=pg_cron -c cron.database_name=postgres"
    statements = ("CREATE EXTENSION postgis", "CREATE EXTENSION pg_cron", "SELECT postgis_lib_version()")
    created = " ".join(f"--command='{statement}'" for statement in statements)
    assert run(_A_SERVER.format(preloaded, created), *AS_A_TASK).startswith("3.")
