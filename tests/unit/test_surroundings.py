"""What libpq's variables add to an address, and which of them are refused because they lead it elsewhere."""

import os

import pytest
from psycopg import pq

from scims_backup.domain.errors import UsageError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.libpq_environment import (
    taken_from,
    undisturbed,
    without_variables,
)
from scims_backup.engines.postgresql.connect.surroundings import VARIABLES, settings_in

URL = "postgresql://db.example/scims"
_KNOWN_TO_NO_OPTION = ("PGSERVICEFILE", "PGSYSCONFDIR", "PGLOCALEDIR", "PGTZ", "PGDATESTYLE", "PGGEQO")
_OF_NEWER_LIBPQ = ("PGOAUTHDEBUG", "PGREQUIRESSL", "PGREALM", "PG_COLOR")


def completed(url, **environment):
    return Address.parse(url).completed(environment)


@pytest.mark.parametrize("variable", [*VARIABLES.values(), *_KNOWN_TO_NO_OPTION, *_OF_NEWER_LIBPQ])
def test_no_variable_of_libpqs_reaches_a_program_or_a_connection(variable, monkeypatch):
    monkeypatch.setenv(variable, "x")
    monkeypatch.setenv("TZ", "UTC")
    assert variable not in without_variables(os.environ)
    assert without_variables(os.environ)["TZ"] == "UTC"
    with undisturbed(), undisturbed():
        assert variable not in os.environ
    assert os.environ[variable] == "x"
    assert taken_from(os.environ)[variable] == "x"
    assert variable not in os.environ


def test_the_list_of_variables_is_libpqs_own():
    own = [option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar]
    assert list(VARIABLES.values()) == own
    assert {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSSLMODE", "PGTARGETSESSIONATTRS"} < set(own)


@pytest.mark.parametrize(
    ("url", "variable", "value", "arguments"),
    [
        ("postgresql:///scims", "PGHOST", "db2", {"host": "db2"}),
        ("postgresql:///scims", "PGHOSTADDR", "10.0.0.1", {"hostaddr": "10.0.0.1"}),
        ("postgresql://10.0.0.1/scims", "PGHOSTADDR", "10.0.0.1", {"host": "10.0.0.1"}),
        (URL, "PGPORT", "6432", {"host": "db.example", "port": "6432"}),
        (URL, "PGUSER", "backup", {"user": "backup"}),
        (URL, "PGPASSWORD", "geheim", {"password": "geheim"}),
        (URL, "PGPASSFILE", "/pass", {"passfile": "/pass"}),
        ("postgresql://db.example", "PGDATABASE", "scims", {"dbname": "scims"}),
        (URL, "PGSSLMODE", "verify-full", {"sslmode": "verify-full"}),
        (URL, "PGSSLROOTCERT", "/ca.pem", {"sslrootcert": "/ca.pem"}),
        (URL, "PGREQUIREAUTH", "scram-sha-256", {"require_auth": "scram-sha-256"}),
        (URL, "PGTARGETSESSIONATTRS", "primary", {"target_session_attrs": "primary"}),
        (URL, "PGCONNECT_TIMEOUT", "7", {"connect_timeout": "7"}),
        (URL, "PGOPTIONS", "-c geqo=off --work_mem=9MB", {"options": "-c geqo=off --work_mem=9MB"}),
    ],
)
def test_a_variable_fills_what_the_url_leaves_out(url, variable, value, arguments):
    assert completed(url, **{variable: value}).connect_arguments().items() >= arguments.items()


@pytest.mark.parametrize(
    ("url", "variable"),
    [
        (URL, "PGHOST"),
        ("postgresql://db.example:5432/scims", "PGPORT"),
        (URL, "PGDATABASE"),
        ("postgresql://me@db.example/scims", "PGUSER"),
        (f"{URL}?sslmode=require", "PGSSLMODE"),
        (f"{URL}?options=-c%20geqo%3Doff", "PGOPTIONS"),
        (f"{URL}?hostaddr=10.0.0.1", "PGHOSTADDR"),
        (URL, "PGCLIENTENCODING"),
        (URL, "PGAPPNAME"),
        (URL, "PGTZ"),
        (URL, "PGDATESTYLE"),
    ],
)
def test_what_the_url_says_and_what_is_ours_to_decide_stays(url, variable):
    before = completed(url).connect_arguments()
    assert completed(url, **{variable: "other"}).connect_arguments() == before


@pytest.mark.parametrize(
    ("url", "variable", "value", "said"),
    [
        (
            URL,
            "PGHOSTADDR",
            "10.0.0.1",
            r"PGHOSTADDR=10\.0\.0\.1 leads elsewhere than the URL's host db\.example",
        ),
        (
            "postgresql:///scims?host=/run/x",
            "PGHOSTADDR",
            "127.0.0.1",
            "leads elsewhere than the URL's host /run/x",
        ),
        (URL, "PGSERVICE", "nightly", "PGSERVICE names a service in addition to the URL"),
        (URL, "PGOPTIONS", "-c role=other", "PGOPTIONS sets role, which changes which role reads"),
        (URL, "PGOPTIONS", "-crole=other", "sets role"),
        (URL, "PGOPTIONS", "--role=other", "sets role"),
        (URL, "PGOPTIONS", "-c geqo=off -c ROLE=other", "sets role"),
        (URL, "PGOPTIONS", r"-c\ role=other", "sets role"),
        (URL, "PGOPTIONS", "--session-authorization=other", "sets session_authorization"),
        (URL, "PGOPTIONS", "-c row_security=on", "sets row_security"),
        (URL, "PGOPTIONS", "-c zero_damaged_pages=on", "sets zero_damaged_pages"),
        (URL, "PGOPTIONS", "-P", "server option -P cannot be parsed"),
    ],
)
def test_a_variable_that_leads_elsewhere_is_wrong_usage(url, variable, value, said):
    with pytest.raises(UsageError, match=said):
        completed(url, **{variable: value})


def test_a_password_in_the_environment_shows_nowhere():
    address = completed(URL, PGPASSWORD="geheim", PGSSLMODE="require")
    assert "geheim" not in f"{address!r} {address} {address.dsn()}"
    assert address.environment() == {"PGPASSWORD": "geheim", "PGSSLMODE": "require"}


def test_a_password_that_was_given_wins():
    assert Address.parse(URL, "given").completed({"PGPASSWORD": "other"}).password == "given"


def test_what_pg_dumps_own_libpq_may_not_know_goes_by_the_environment():
    address = completed(URL, PGREQUIREAUTH="none", PGPORT="6432")
    assert "require_auth" not in address.dsn()
    assert "port=6432" in address.dsn()
    assert address.environment() == {"PGREQUIREAUTH": "none"}


def test_an_address_that_is_complete_takes_nothing_more(monkeypatch):
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    alone = Address({"host": "/run/sandbox"}, filled={})
    assert "sslmode" not in alone.connect_arguments()
    assert alone.environment() == {}
    assert "sslmode" not in alone.url()


def test_an_address_within_this_process_takes_its_variables(monkeypatch):
    monkeypatch.setenv("PGSSLMODE", "require")
    assert Address.parse(URL).connect_arguments()["sslmode"] == "require"
    monkeypatch.setenv("PGHOSTADDR", "10.0.0.1")
    with pytest.raises(UsageError, match="PGHOSTADDR"):
        Address.parse(URL).connect_arguments()


def test_a_service_that_the_url_names_is_read_and_wins_over_variables(tmp_path):
    file = tmp_path / "services"
    file.write_text(
        "[other]\nhost=o\n# a comment\n[nightly]\nhost=db2\nport=7\npassword=geheim\n[last]\nuser=u\n"
    )
    address = completed(
        "postgresql:///scims?service=nightly", PGSERVICEFILE=str(file), PGPORT="9", PGHOST="x", PGUSER="me"
    )
    assert (address.parameters["host"], address.parameters["user"], address.password) == (
        "db2",
        "me",
        "geheim",
    )
    assert "service" not in address.parameters
    assert "geheim" not in repr(address)


@pytest.mark.parametrize("line", ["port = 7", "ldap://directory/x", "service=other", "hots=x"])
def test_a_service_that_says_more_than_parameters_is_wrong_usage(line, tmp_path):
    file = tmp_path / "services"
    file.write_text(f"[nightly]\n{line}\n")
    with pytest.raises(UsageError, match="contains more than parameters"):
        completed("service=nightly", PGSERVICEFILE=str(file))


def test_a_service_that_is_nowhere_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="service nightly is in none of"):
        completed("service=nightly", PGSERVICEFILE=str(tmp_path / "none"), PGSYSCONFDIR=str(tmp_path))


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ("", []),
        ("-c a=1  -cb=2 --c-d=3", [("a", "1"), ("b", "2"), ("c_d", "3")]),
        (r"-c a=x\ y", [("a", "x y")]),
        (r"-c a=x\\y", [("a", r"x\y")]),
    ],
)
def test_options_are_read_as_the_server_reads_them(options, settings):
    assert list(settings_in(options)) == settings
