"""The S3 catalog before real servers: races, refusals, silence, neighbours, many keys."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from localcloud.places import free_ports
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, failure_of
from scims_backup.domain.errors import CatalogUnreachableError, KeyTakenError


@pytest.fixture(params=["moto", "seaweedfs", "localstack"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def client_of(monkeypatch):
    def make(server, **others):
        for name, value in {**server.environment(), **others}.items():
            monkeypatch.setenv(name, value)
        return new_client()

    return make


@pytest.fixture
def catalogs(server, client_of):
    """Give two catalogs in one place, as two processes would have them."""
    place = S3Place(server.new_bucket(), "catalog")
    return S3Catalog(client_of(server), place), S3Catalog(client_of(server), place)


def all_uses(catalog):
    return [
        lambda: catalog.put_new("a/x", b"one"),
        lambda: catalog.get("a/x"),
        lambda: list(catalog.keys("a/x")),
        lambda: catalog.delete("a/x"),
    ]


def at_once(*uses):
    """Run each in a thread of its own, all starting together; return results, None for KeyTakenError."""
    start = threading.Barrier(len(uses))

    def run(use):
        start.wait()
        try:
            return use()
        except KeyTakenError:
            return None

    with ThreadPoolExecutor(len(uses)) as threads:
        return list(threads.map(run, uses))


def putting(catalog, key, data):
    def put():
        catalog.put_new(key, data)
        return data

    return put


# moto looks and then stores, without a lock: now and then it takes both
@pytest.mark.parametrize("server", ["seaweedfs", "localstack"], indirect=True)
def test_of_two_catalogs_that_store_other_bytes_at_once_one_wins_and_the_other_is_told(catalogs):
    for number in range(10):
        key = f"race/{number}"
        winners = at_once(putting(catalogs[0], key, b"one"), putting(catalogs[1], key, b"two"))
        (winner,) = [data for data in winners if data is not None]
        assert catalogs[0].get(key) == winner


def test_two_catalogs_that_store_the_same_bytes_at_once_are_both_content(catalogs):
    for number in range(10):
        key = f"race/{number}"
        puts = (putting(catalog, key, b"one") for catalog in catalogs)
        assert at_once(*puts) == [b"one", b"one"]
        assert catalogs[0].get(key) == b"one"


def test_neighbours_do_not_see_each_other(server, client_of):
    client, bucket = client_of(server), server.new_bucket()
    a, ab, whole = (S3Catalog(client, S3Place(bucket, prefix)) for prefix in ("a", "ab", ""))
    a.put_new("x", b"a's")
    ab.put_new("x", b"ab's")
    assert list(a.keys("")) == list(ab.keys("")) == ["x"]
    assert (a.get("x"), ab.get("x")) == (b"a's", b"ab's")
    assert list(whole.keys("a")) == ["a/x", "ab/x"]
    a.delete("x")
    assert list(whole.keys("")) == ["ab/x"]


@pytest.mark.parametrize("server", ["moto", "seaweedfs"], indirect=True)  # which list in different orders
def test_more_keys_than_one_answer_holds_are_listed_in_order(server, client_of):
    bucket = server.new_bucket()
    names = [f"many/{number:04}{separator}x" for number in range(510) for separator in "-/"]
    with ThreadPoolExecutor(4) as threads:
        put = server.client().put_object
        list(threads.map(lambda name: put(Bucket=bucket, Key=f"catalog/{name}", Body=b"x"), names))
    catalog = S3Catalog(client_of(server), S3Place(bucket, "catalog"))
    assert list(catalog.keys("many/")) == sorted(names)
    assert list(catalog.keys("many/0500")) == ["many/0500-x", "many/0500/x"]


def test_folder_markers_of_other_tools_are_no_keys(server, client_of):
    bucket = server.new_bucket()
    for key in ("catalog/", "catalog/a/"):
        server.client().put_object(Bucket=bucket, Key=key, Body=b"")
    catalog = S3Catalog(client_of(server), S3Place(bucket, "catalog"))
    catalog.put_new("a/x", b"one")
    assert list(catalog.keys("")) == ["a/x"]


def test_an_object_is_deleted_and_made_again_in_a_bucket_with_versions(server, client_of):
    catalog = S3Catalog(client_of(server), S3Place(server.new_bucket(versioned=True)))
    catalog.put_new("a/x", b"one")
    catalog.delete("a/x")
    catalog.put_new("a/x", b"two")
    assert catalog.get("a/x") == b"two"


def test_a_bucket_that_is_not_there_is_named(server, client_of):
    catalog = S3Catalog(client_of(server), S3Place("no-such-bucket-of-ours"))
    for use in all_uses(catalog):
        with pytest.raises(
            CatalogUnreachableError, match=r"NoSuchBucket.*create bucket no-such-bucket-of-ours"
        ):
            use()


def test_a_wrong_secret_is_refused_with_the_right_that_is_missing(seaweedfs, client_of):
    client = client_of(seaweedfs, AWS_SECRET_ACCESS_KEY="wrong")
    bucket = seaweedfs.new_bucket()
    with pytest.raises(ERRORS) as refusal:
        client.head_bucket(Bucket=bucket)
    assert isinstance(refusal.value, ERRORS)
    assert failure_of(refusal.value) is Failure.REFUSED
    for use in all_uses(S3Catalog(client, S3Place(bucket))):
        with pytest.raises(CatalogUnreachableError, match=rf"s3:\w+ in bucket {bucket}") as caught:
            use()
        assert "wrong" not in str(caught.value)


def test_no_region_is_needed_where_an_endpoint_is_given(seaweedfs, client_of):
    client = client_of(seaweedfs, AWS_REGION="", AWS_DEFAULT_REGION="")
    S3Catalog(client, S3Place(seaweedfs.new_bucket())).put_new("a/x", b"one")


def test_missing_credentials_are_a_refusal(seaweedfs, client_of):
    client = client_of(seaweedfs, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    for use in all_uses(S3Catalog(client, S3Place("backups"))):
        with pytest.raises(CatalogUnreachableError, match=r"credentials.* in bucket backups"):
            use()


def test_nobody_listening_is_unreachable(seaweedfs, client_of):
    (port,) = free_ports(1)
    client = client_of(seaweedfs, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", AWS_MAX_ATTEMPTS="1")
    for use in all_uses(S3Catalog(client, S3Place("backups"))):
        with pytest.raises(CatalogUnreachableError, match=rf"127.0.0.1:{port}.*check the network"):
            use()


class WebSite(BaseHTTPRequestHandler):
    page = b""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.page)

    do_PUT = do_GET  # noqa: N815  the library's name

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    with HTTPServer(("127.0.0.1", 0), WebSite) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("page", [b"<!doctype html><p>Welcome", b"<html><body/></html>", b""])
def test_a_web_site_is_neither_an_empty_catalog_nor_a_place_to_store(
    seaweedfs, client_of, site, page, monkeypatch
):
    monkeypatch.setattr(WebSite, "page", page)
    catalog = S3Catalog(client_of(seaweedfs, AWS_ENDPOINT_URL=site, AWS_MAX_ATTEMPTS="1"), S3Place("backups"))
    for use in (lambda: list(catalog.keys("")), lambda: catalog.put_new("a/x", b"one")):
        with pytest.raises(CatalogUnreachableError, match="AWS_ENDPOINT_URL"):
            use()
