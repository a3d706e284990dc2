"""An address as a URL for other programs: libpq, and any URL parser, reads back what it says."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import conninfo

from scims_backup.engines.postgresql.connect.address import Address

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
HOSTS = st.sampled_from(
    ["db.example.org", "10.0.0.7", "::1", "/var/run/postgresql", "/tmp/Müll & Co", "@abstract"]
)


@given(host=HOSTS, user=TEXT, database=TEXT, password=st.none() | TEXT)
def test_libpq_reads_back_what_a_url_was_made_of(host, user, database, password):
    parameters = {"host": host, "port": "5433", "user": user, "dbname": database, "sslmode": "require"}
    read = conninfo.conninfo_to_dict(Address(parameters, password).url())
    assert read == parameters | ({} if password is None else {"password": password})


def test_a_socket_s_directory_is_a_parameter_of_the_url():
    url = Address({"host": "/tmp/s", "port": "5432", "dbname": "a b/ü", "user": "Chef für alles"}).url()
    assert url == "postgresql://Chef%20f%C3%BCr%20alles@/a%20b%2F%C3%BC?host=/tmp/s&port=5432"
    split = urlsplit(url)
    assert (unquote(split.username or ""), unquote(split.path)) == ("Chef für alles", "/a b/ü")
    assert parse_qs(split.query) == {"host": ["/tmp/s"], "port": ["5432"]}


@pytest.mark.parametrize(
    ("parameters", "url"),
    [
        ({}, "postgresql:///"),
        ({"dbname": "x"}, "postgresql:///x"),
        ({"host": "db", "dbname": "x"}, "postgresql://db/x"),
        ({"host": "a,b", "port": "1,2", "user": "u"}, "postgresql://u@/?host=a%2Cb&port=1%2C2"),
    ],
)
def test_what_is_not_known_is_left_out(parameters, url):
    assert Address(parameters).url() == url
