"""The client for S3, made from the environment without asking anybody."""

import os

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import CredentialRetrievalError, NoRegionError

from scims_backup.adapters.aws import client
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.errors import OperationFailedError, UsageError

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def config_file(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return tmp_path / "config"


def url_of_an_object(made):
    urls = []

    def answer(params, **_):
        urls.append(params["url"])
        return AWSResponse(params["url"], 204, HTTPHeaders(), None), {}

    made.meta.events.register("before-call.s3", answer)
    made.delete_object(Bucket="backups", Key="a/x")
    return urls[0]


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_a_configured_endpoint_is_addressed_by_path_and_needs_no_region(monkeypatch, variable):
    monkeypatch.setenv(variable, "https://s3.example.org")
    made = new_client()
    assert url_of_an_object(made) == "https://s3.example.org/backups/a/x"
    assert made.meta.region_name == "us-east-1"


def test_an_endpoint_in_a_configuration_file_counts_too(config_file):
    config_file.write_text("[default]\nendpoint_url = https://s3.example.org\n")
    assert url_of_an_object(new_client()) == "https://s3.example.org/backups/a/x"


def test_a_configured_way_of_addressing_is_kept(config_file):
    config_file.write_text(
        "[default]\nendpoint_url = https://s3.example.org\ns3 =\n  addressing_style = virtual\n"
    )
    assert url_of_an_object(new_client()) == "https://backups.s3.example.org/a/x"


def test_without_an_endpoint_it_is_aws_of_the_region(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert url_of_an_object(new_client()) == "https://backups.s3.eu-west-1.amazonaws.com/a/x"


def test_an_endpoint_that_is_to_be_ignored_is_ignored(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.org")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert new_client().meta.endpoint_url == "https://s3.amazonaws.com"


def test_the_region_may_be_given_as_other_tools_want_it(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert new_client().meta.region_name == "eu-west-3"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert new_client().meta.region_name == "eu-west-1"


@pytest.mark.parametrize(("given", "attempts"), [({}, 5), ({"AWS_MAX_ATTEMPTS": "2"}, 2)])
def test_requests_are_tried_several_times(monkeypatch, given, attempts):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    retries = vars(new_client().meta.config)["retries"]
    assert retries == {"mode": "standard", "total_max_attempts": attempts}


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("AWS_ENDPOINT_URL", f"user:{SECRET}@host:1", "Invalid endpoint"),
        ("AWS_ENDPOINT_URL", f"x://user:{SECRET}@", "Invalid endpoint"),
        ("AWS_PROFILE", "nobody", "nobody"),
        ("AWS_DEFAULT_REGION", "eu west", "eu west"),
        ("AWS_MAX_ATTEMPTS", "many", "many"),
    ],
)
def test_a_wrong_configuration_is_named_without_secrets(monkeypatch, variable, value, says):
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=says) as caught:
        new_client()
    assert "AWS_*" in caught.value.cure
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoRegionError(), UsageError),
        (CredentialRetrievalError(provider="p", error_msg=SECRET), OperationFailedError),
    ],
)
def test_what_botocore_cannot_find_out_is_told_in_our_words(monkeypatch, error, kind):
    def fail(*_):
        raise error

    monkeypatch.setattr(client, "_made_client", fail)
    with pytest.raises(kind) as caught:
        new_client()
    assert caught.value.cure
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "key", "address"),
    [
        (S3Place("b", "some/prefix"), "some/prefix/a/x", "s3://b/some/prefix"),
        (S3Place("b"), "a/x", "s3://b"),
    ],
)
def test_a_place_names_what_lies_in_it(place, key, address):
    assert place.key("a/x") == key
    assert place.name(key) == "a/x"
    assert str(place) == address


def test_a_place_does_not_know_its_neighbour_s_keys():
    with pytest.raises(ValueError, match="s3://b/a"):
        S3Place("b", "a").name("ab/x")
