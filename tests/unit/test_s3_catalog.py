"""The S3 catalog's own promises: conflicts, lost answers, broken bodies."""

import io

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.errors import CatalogUnreachableError, KeyMissingError, KeyTakenError, UsageError

OBJECT = {"Bucket": "backups", "Key": "p/a/x"}
PUT = {
    **OBJECT,
    "Body": b"one",
    "IfNoneMatch": "*",
    "ChecksumSHA256": "dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=",
}


@pytest.fixture
def client(offline_client):
    return offline_client


@pytest.fixture
def s3(client):
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def waits():
    return []


@pytest.fixture
def catalog(client, waits):
    return S3Catalog(client, S3Place("backups", "p"), sleep=waits.append)


def stored(data, length=None):
    return {"Body": StreamingBody(io.BytesIO(data), len(data) if length is None else length)}


def put_fails(s3, code, status):
    s3.add_client_error("put_object", code, "Because.", status, expected_params=PUT)


def nothing_is_there(s3):
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404, expected_params=OBJECT)


def test_an_object_is_put_on_the_condition_that_there_is_none_and_with_its_checksum(catalog, s3):
    s3.add_response("put_object", {"ETag": "x"}, PUT)
    catalog.put_new("a/x", b"one")


def test_an_object_of_the_same_bytes_is_done_already(catalog, s3):
    put_fails(s3, "PreconditionFailed", 412)
    s3.add_response("get_object", stored(b"one"), OBJECT)
    catalog.put_new("a/x", b"one")


def test_an_object_of_other_bytes_has_taken_the_key(catalog, s3):
    put_fails(s3, "PreconditionFailed", 412)
    s3.add_response("get_object", stored(b"two"), OBJECT)
    with pytest.raises(KeyTakenError, match=r"a/x is already stored .* s3://backups/p"):
        catalog.put_new("a/x", b"one")


def test_a_put_is_tried_again_when_the_object_that_was_in_its_way_has_vanished(catalog, s3):
    put_fails(s3, "PreconditionFailed", 412)
    nothing_is_there(s3)
    s3.add_response("put_object", {"ETag": "x"}, PUT)
    catalog.put_new("a/x", b"one")


def test_a_put_that_meets_another_s_is_tried_again(catalog, s3):
    put_fails(s3, "ConditionalRequestConflict", 409)
    nothing_is_there(s3)
    s3.add_response("put_object", {"ETag": "x"}, PUT)
    catalog.put_new("a/x", b"one")


def test_a_put_that_loses_to_another_s_of_other_bytes_says_so(catalog, s3):
    put_fails(s3, "ConditionalRequestConflict", 409)
    s3.add_response("get_object", stored(b"two"), OBJECT)
    with pytest.raises(KeyTakenError):
        catalog.put_new("a/x", b"one")


def test_a_put_that_meets_others_for_ever_gives_up_by_name_after_growing_waits(catalog, s3, waits):
    for _ in range(6):
        put_fails(s3, "ConditionalRequestConflict", 409)
        nothing_is_there(s3)
    with pytest.raises(CatalogUnreachableError, match="cannot store a/x in the catalog s3://backups/p"):
        catalog.put_new("a/x", b"one")
    between = [wait for wait in waits if wait]
    assert len(between) == 5
    assert between == sorted(set(between))


def test_a_put_whose_answer_is_lost_meets_its_own_object_and_is_done(catalog, client, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    objects: dict[str, bytes] = {}

    def serve(request, **_):
        if request.method == "GET":
            return answer(request, 200, objects[request.url])
        if request.url in objects:
            return answer(request, 412, b"<Error><Code>PreconditionFailed</Code></Error>")
        objects[request.url] = request.body.read()
        raise ConnectionClosedError(endpoint_url=request.url)

    client.meta.events.register("before-send.s3", serve)
    try:
        catalog.put_new("a/x", b"one")
    finally:
        client.meta.events.unregister("before-send.s3", serve)
    assert objects == {"https://s3.example.org/backups/p/a/x": b"one"}


class Body(io.BytesIO):
    def stream(self):
        yield self.read()

    def release_conn(self):
        pass


def answer(request, status, body):
    headers = HTTPHeaders.from_dict({"content-length": str(len(body))})
    return AWSResponse(request.url, status, headers, Body(body))


def test_a_body_that_breaks_off_is_read_again(catalog, s3, waits):
    s3.add_response("get_object", stored(b"on", length=3), OBJECT)
    s3.add_response("get_object", stored(b"one"), OBJECT)
    assert catalog.get("a/x") == b"one"
    assert len([wait for wait in waits if wait]) == 1


def test_a_body_that_always_breaks_off_is_named_and_never_returned_in_part(catalog, s3):
    for _ in range(6):
        s3.add_response("get_object", stored(b"on", length=3), OBJECT)
    with pytest.raises(CatalogUnreachableError, match=r"cannot read a/x .* 2 read"):
        catalog.get("a/x")


def test_a_missing_object_is_named_at_once(catalog, s3, waits):
    nothing_is_there(s3)
    with pytest.raises(KeyMissingError, match="a/x is not stored in the catalog s3://backups/p"):
        catalog.get("a/x")
    assert not any(waits)


def test_a_store_that_misses_what_is_to_be_deleted_has_deleted_it(catalog, s3):
    s3.add_client_error("delete_object", "NoSuchKey", http_status_code=404, expected_params=OBJECT)
    catalog.delete("a/x")


USES = {
    "put_object": (lambda catalog: catalog.put_new("a/x", b"one"), "s3:PutObject"),
    "get_object": (lambda catalog: catalog.get("a/x"), "s3:GetObject and s3:ListBucket"),
    "list_objects_v2": (lambda catalog: list(catalog.keys("a/x")), "s3:ListBucket"),
    "delete_object": (lambda catalog: catalog.delete("a/x"), "s3:DeleteObject"),
}


@pytest.mark.parametrize("operation", USES)
def test_a_refusal_names_what_was_tried_and_the_right_that_is_missing(catalog, s3, operation):
    use, right = USES[operation]
    s3.add_client_error(operation, "AccessDenied", "User u may not.", 403)
    with pytest.raises(CatalogUnreachableError) as caught:
        use(catalog)
    assert "a/x in the catalog s3://backups/p: AccessDenied: User u may not." in caught.value.message
    assert f"{right} in bucket backups" in caught.value.cure
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("operation", USES)
@pytest.mark.parametrize(
    ("code", "status", "cure"),
    [("NoSuchBucket", 404, "create bucket backups"), ("SlowDown", 503, "network"), ("Strange", 400, "check")],
)
def test_every_other_failure_of_the_store_is_the_catalog_s(catalog, s3, operation, code, status, cure):
    use, _ = USES[operation]
    s3.add_client_error(operation, code, "Because.", status)
    with pytest.raises(CatalogUnreachableError, match=code) as caught:
        use(catalog)
    assert cure in caught.value.cure


def test_what_could_be_no_key_is_not_listed_and_the_rest_in_the_order_of_whole_keys(catalog, s3):
    in_bucket = ["p/", "p/a/b/c", "p/a/b/", "p/a/.x", "p/.partial/x", "p/a//x", "p/a/b-c"]
    s3.add_response(
        "list_objects_v2", {"IsTruncated": False, "Contents": [{"Key": key} for key in in_bucket]}
    )
    assert list(catalog.keys("")) == ["a/b-c", "a/b/c"]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/x", "a//x", "a/", "", ".hidden/x", "a/x\0"])
def test_what_no_folder_could_hold_is_no_key_here_either(catalog, key):
    for use in (lambda: catalog.put_new(key, b"x"), lambda: catalog.get(key), lambda: catalog.delete(key)):
        with pytest.raises(UsageError, match="is not a valid catalog key"):
            use()


def test_a_prefix_whose_folder_could_be_no_key_s_is_refused(catalog):
    with pytest.raises(UsageError, match="is not a valid catalog key"):
        list(catalog.keys("a/../x"))


@pytest.mark.parametrize("operation", ["put_object", "list_objects_v2"])
def test_an_answer_that_no_store_gives_is_neither_done_nor_an_empty_catalog(catalog, s3, operation):
    use, _ = USES[operation]
    s3.add_response(operation, {})
    with pytest.raises(CatalogUnreachableError, match=r"not an S3-compatible store.*AWS_ENDPOINT_URL"):
        use(catalog)
