"""What the local cloud remembers of requests, and how it judges them: by a journal made up here."""

import json

import pytest

from localcloud.iam.policies import Policies
from localcloud.iam.world import World
from localcloud.requests_journal import note_identity, note_request, note_taken_role, read_requests
from localcloud.rights import Rights

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20261128/us-east-1/s3/aws4_request, SignedHeaders=host"
WORLD = World("111122223333", "us-east-1")


@pytest.fixture
def rights(tmp_path):
    """With a worker who may put manifests once."""
    rights = Rights(tmp_path / "requests.jsonl")
    note_identity(rights.journal, "AKWORKER", "Worker")
    return rights


@pytest.fixture
def policies():
    """A worker may put; the bucket forbids overwriting."""
    made = Policies(WORLD.account)
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
    made.add_role("Worker", [("own", {"Version": "2012-10-17", "Statement": [allow]})])
    deny = {**allow, "Effect": "Deny", "Principal": "*", "Condition": {"Null": {"s3:if-none-match": "true"}}}
    made.add_thing("arn:aws:s3:::b", {"Version": "2012-10-17", "Statement": [deny]}, "b")
    return made


def put(rights, key="AKWORKER", **given):
    note_request(rights.journal, SIGNED.format(key), "s3", "PutObject", {"Bucket": "b", "Key": "k", **given})


@pytest.mark.parametrize(("by", "judged"), [("AKWORKER", True), ("INTERNAL", False)])
def test_whoever_took_a_role_is_judged_by_it_and_what_localstack_does_inside_is_not(rights, by, judged):
    note_taken_role(rights.journal, SIGNED.format(by), "AKTAKEN", "Writer")
    put(rights, key="AKTAKEN")
    assert ("Writer" in rights.requests(WORLD)) == judged


def test_what_is_allowed_is_not_missing(rights, policies):
    put(rights, IfNoneMatch="*")
    assert rights.missing(policies, WORLD) == []


def test_what_a_condition_forbids_is_missing_with_the_reason(rights, policies):
    put(rights)
    (missing,) = rights.missing(policies, WORLD)
    assert missing.startswith("Worker may not s3:PutObject arn:aws:s3:::b/k")
    assert missing.endswith("b.0 denies it")


def test_requests_of_nobodys_key_are_not_judged(rights, policies):
    put(rights, key="test")
    note_request(rights.journal, "", "s3", "PutObject", {"Bucket": "b", "Key": "k"})
    assert rights.missing(policies, WORLD) == []


def test_a_role_that_went_with_its_stack_is_not_judged_and_the_others_are(rights, policies):
    rights.identities["AKGONE"] = "Gone"
    put(rights, key="AKGONE")
    put(rights)
    (missing,) = rights.missing(policies, WORLD)
    assert missing.startswith("Worker may not")


def test_a_role_that_a_task_took_is_known_by_its_credentials(rights, policies):
    class Sts:
        def assume_role(self, **_of):
            return {"Credentials": {"AccessKeyId": "AKTASK", "SecretAccessKey": "x", "SessionToken": "y"}}

    assert rights.assume(Sts(), "arn:aws:iam::111122223333:role/Worker")["AWS_ACCESS_KEY_ID"] == "AKTASK"
    put(rights, key="AKTASK")
    assert len(rights.missing(policies, WORLD)) == 1


def test_the_journal_has_what_conditions_ask_for_and_no_contents(tmp_path):
    journal = tmp_path / "requests.jsonl"
    entry = {"Source": "a", "DetailType": "b", "Detail": "secret"}
    note_request(journal, SIGNED.format("AK"), "events", "PutEvents", {"Entries": [entry]})
    given = {
        "Bucket": "b",
        "Key": "k",
        "Body": b"secret",
        "IfNoneMatch": "*",
        "SecretString": "secret",
        "Prefix": "",
    }
    note_request(journal, SIGNED.format("AK"), "s3", "PutObject", given)
    events, put_ = read_requests(journal)
    assert events.given == {"Entries": [{"Source": "a", "DetailType": "b"}]}
    assert put_.given == {"Bucket": "b", "Key": "k", "IfNoneMatch": "*", "Prefix": ""}
    assert "secret" not in journal.read_text()
    assert all("time" in json.loads(line) for line in journal.read_text().splitlines())
