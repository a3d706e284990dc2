"""Where a database is: every option of libpq passes, and no secret does."""

import psycopg
import pytest
from psycopg import conninfo

from scims_backup.domain.errors import UsageError
from scims_backup.engines.postgresql.connect.address import Address

SECRET = "correct-horse"
URL = "postgresql://backup@db.example:6432/scims"


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (f"postgresql://backup:{SECRET}@db.example/scims", "password"),
        (f"postgresql://backup@db.example/scims?password={SECRET}", "password"),
        (f"postgresql://db.example/scims?user=backup&sslpassword={SECRET}", "sslpassword"),
        (f"host=db.example user=backup password={SECRET}", "password"),
        (f"host=db.example sslpassword='{SECRET}'", "sslpassword"),
    ],
)
def test_a_url_that_carries_a_secret_is_refused_without_repeating_it(url, named):
    with pytest.raises(UsageError, match=f"contains a {named}") as caught:
        Address.parse(url)
    assert SECRET not in f"{caught.value!r} {caught.value.__context__!r}"
    assert "PGPASSFILE" in caught.value.cure


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://backup:{SECRET}@[::1/scims",
        f"postgresql://db.example/scims?pasword={SECRET}",
        f"host=db.example password='{SECRET}",
        f"mysql://backup:{SECRET}@db.example/scims",
    ],
)
def test_a_url_that_is_not_understood_is_refused_without_repeating_it(url):
    with pytest.raises(UsageError, match="cannot be parsed") as caught:
        Address.parse(url)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


def test_tls_options_pass_through():
    address = Address.parse(f"{URL}?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem")
    for arguments in (address.connect_arguments(), conninfo.conninfo_to_dict(address.dsn())):
        assert (
            arguments.items()
            >= {
                "host": "db.example",
                "port": "6432",
                "dbname": "scims",
                "user": "backup",
                "sslmode": "verify-full",
                "sslrootcert": "/ca.pem",
                "sslcert": "/c.pem",
                "sslkey": "/k.pem",
            }.items()
        )


def test_the_password_goes_to_the_driver_and_the_environment_alone():
    address = Address.parse(URL, SECRET)
    assert address.connect_arguments()["password"] == SECRET
    assert address.environment() == {"PGPASSWORD": SECRET}
    assert SECRET not in f"{address} {address!r} {address.dsn()}"
    assert SECRET not in repr(address.with_parameters(host="/tmp"))


def test_a_silent_server_is_given_up_unless_the_address_says_otherwise():
    assert "keepalives_count=6" in Address.parse(URL).dsn()
    assert Address.parse(f"{URL}?keepalives_count=2").connect_arguments()["keepalives_count"] == "2"


def test_without_a_password_libpq_looks_for_one_itself():
    address = Address.parse(URL)
    assert "password" not in address.connect_arguments()
    assert address.environment() == {}


def test_parameters_are_replaced_and_removed():
    address = Address.parse(f"{URL}?hostaddr=10.0.0.1", SECRET)
    other = address.with_parameters(host="/run", hostaddr="", dbname="copy")
    assert other.parameters == {"host": "/run", "port": "6432", "dbname": "copy", "user": "backup"}
    assert other.password == SECRET
    assert address.parameters["hostaddr"] == "10.0.0.1"


@pytest.mark.parametrize(
    "name", ["scims", "Größe 'x'", 'a"b\\c', "a b=c", "postgresql://evil/x", "host=evil"]
)
def test_any_database_name_survives_the_argument_of_a_program(name):
    dsn = Address.parse(URL).with_parameters(dbname=name).dsn()
    assert conninfo.conninfo_to_dict(dsn)["dbname"] == name


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (URL, "scims at db.example:6432"),
        ("postgresql:///scims", "scims at the default server"),
        ("postgresql://", "the default database at the default server"),
        ("service=nightly", "the default database at the default server"),
    ],
)
def test_an_address_says_where_it_is(url, said):
    assert str(Address.parse(url)) == said


def test_the_driver_takes_what_an_address_says():
    assert psycopg.conninfo.make_conninfo("", **Address.parse(URL, SECRET).connect_arguments())
