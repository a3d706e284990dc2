"""The other side of a second copy: who may add, who may remove, and what nobody may, as AWS evaluates it."""

from __future__ import annotations

import copy
import re
import tomllib
from typing import Any

import pytest

from localcloud.iam.evaluation import Request
from localcloud.iam.policies import Policies
from localcloud.iam.principals import role, user
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.settings.model import Flags, Needs
from tests.template.support.loading import REGION, ROOT, source, transformed
from tests.template.support.rules import refused_by
from tests.template.support.stacks import ACCOUNT, KEY, RUNTIME_KEY, STACK, stack_of

TEMPLATE = source(ROOT / "copy-account.yaml")
COPIERS_ACCOUNT, EXTERNAL_ID = "210987654321", "a-word-of-both-sides"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:their-vault-AbCdEf"
OPERATOR = f"arn:aws:iam::{ACCOUNT}:role/Operator"
GIVEN = {"CopierAccountId": COPIERS_ACCOUNT, "ExternalId": EXTERNAL_ID}
KINDS = {"plain": {}, "restic": {"VaultSecretArn": SECRET}}
CATALOG, VAULT = f"arn:aws:s3:::{STACK}-catalogbucket", f"arn:aws:s3:::{STACK}-vaultbucket"
ARCHIVE = {"plain": f"{VAULT}/archives/scims-db/x.dump.zst", "restic": f"{VAULT}/scims-db/data/00/00ff"}
ANOTHERS = {"plain": f"{VAULT}/archives/other/x.dump.zst", "restic": f"{VAULT}/other/data/00/00ff"}
LOCK = f"{VAULT}/scims-db/locks/00ff"
MANIFEST, ANOTHERS_MANIFEST = f"{CATALOG}/manifests/scims-db/x.json", f"{CATALOG}/manifests/other/x.json"
PROOF, CLAIM = f"{CATALOG}/proofs/scims-db/x.json.zst", f"{CATALOG}/runs/scims-db/x/claim.json"
STORED, CONDEMNED = f"{CATALOG}/runs/scims-db/x/stored-1.json", f"{CATALOG}/runs/scims-db/x/condemned.json"
LEASE = f"{CATALOG}/runs/scims-db/prune.json"
TOMBSTONE, HOLD = f"{CATALOG}/tombstones/scims-db/x.json", f"{CATALOG}/holds/scims-db/x/y.json"
VERDICT = f"{CATALOG}/drills/scims-db/x/y/verdict.passed.json"
EVENT = f"{CATALOG}/events/2026/11/22/x.json"
MODE, DAYS = "s3:object-lock-mode", "s3:object-lock-remaining-retention-days"
NEW = {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"}
OVER = {"s3:ObjectCreationOperation": "true"}


def _stack(kind, template=TEMPLATE, **more):
    return stack_of(transformed(template), kind, {**GIVEN, **KINDS[kind], **more})


def _policies(kind, template=TEMPLATE, **more):
    return Policies.of_template(_stack(kind, template, **more).resources, ACCOUNT, REGION)


STACKS = {kind: _stack(kind) for kind in KINDS}
POLICIES = {kind: Policies.of_template(STACKS[kind].resources, ACCOUNT, REGION) for kind in KINDS}


_REMOVALS = ("s3:DeleteObject", "s3:DeleteObjectVersion")


def _put(key, context=NEW):
    return ("s3:PutObject", key, context)


def _delete(key):
    return ("s3:DeleteObject", key, {})


def _put_event(source):
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    return ("events:PutEvents", bus, {"events:source": (source,)})


def _lock(key, days="35", mode="GOVERNANCE"):
    return ("s3:PutObjectRetention", key, {MODE: mode, DAYS: days})


TOO_MUCH = [("36", "GOVERNANCE"), ("1", "COMPLIANCE")]
WHOLE_JOB = [
    *(("WriterRole", kind, _put(key)) for kind in KINDS for key in (MANIFEST, PROOF, CLAIM, STORED)),
    *(("WriterRole", kind, ("s3:ListBucket", on, {})) for kind in KINDS for on in (CATALOG, VAULT)),
    *(("WriterRole", kind, ("s3:GetObject", MANIFEST, {})) for kind in KINDS),
    ("WriterRole", "plain", _put(ARCHIVE["plain"])),
    ("WriterRole", "plain", _put(f"{VAULT}/vault.json")),
    ("WriterRole", "plain", ("s3:AbortMultipartUpload", ARCHIVE["plain"], {})),
    ("WriterRole", "restic", _put(ARCHIVE["restic"], OVER)),
    ("WriterRole", "restic", ("s3:GetObject", ARCHIVE["restic"], {})),
    ("WriterRole", "restic", _delete(LOCK)),
    *(
        ("PruneRole", kind, _put(key))
        for kind in KINDS
        for key in (TOMBSTONE, MANIFEST, EVENT, LEASE, CONDEMNED)
    ),
    *(
        ("PruneRole", kind, _delete(key))
        for kind in KINDS
        for key in (MANIFEST, PROOF, CLAIM, TOMBSTONE, HOLD)
    ),
    *(("PruneRole", kind, _delete(ARCHIVE[kind])) for kind in KINDS),
    *(
        ("PruneRole", kind, (action, VAULT, {}))
        for kind in KINDS
        for action in ("s3:ListBucketVersions", "s3:GetLifecycleConfiguration", "s3:GetBucketVersioning")
    ),
    *(("PruneRole", kind, _lock(key)) for kind in KINDS for key in (MANIFEST, PROOF, ARCHIVE[kind])),
    *(
        ("PruneRole", kind, ("s3:GetObjectRetention", key, {}))
        for kind in KINDS
        for key in (MANIFEST, PROOF, ARCHIVE[kind])
    ),
    *(
        ("PruneRole", kind, ("s3:GetBucketObjectLockConfiguration", bucket, {}))
        for kind in KINDS
        for bucket in (CATALOG, VAULT)
    ),
    ("PruneRole", "restic", ("secretsmanager:GetSecretValue", SECRET, {})),
    *(("AlertRole", kind, ("s3:GetObject", EVENT, {})) for kind in KINDS),
    *(("AlertRole", kind, _put_event("scims.backup")) for kind in KINDS),
]

FORBIDDEN = [
    *(("WriterRole", kind, _put(key, OVER)) for kind in KINDS for key in (MANIFEST, PROOF, CLAIM)),
    *(
        ("WriterRole", kind, _put(key))
        for kind in KINDS
        for key in (TOMBSTONE, HOLD, VERDICT, EVENT, CONDEMNED, LEASE)
    ),
    *(("WriterRole", kind, _put(key)) for kind in KINDS for key in (ANOTHERS_MANIFEST, ANOTHERS[kind])),
    *(
        ("WriterRole", kind, _delete(key))
        for kind in KINDS
        for key in (MANIFEST, PROOF, CLAIM, ARCHIVE[kind])
    ),
    ("WriterRole", "plain", _put(ARCHIVE["plain"], OVER)),
    ("WriterRole", "plain", ("s3:GetObject", ARCHIVE["plain"], {})),
    ("WriterRole", "plain", _delete(LOCK)),
    *(("PruneRole", kind, _put(ARCHIVE["plain"])) for kind in KINDS),
    *(("PruneRole", kind, _put(MANIFEST, OVER)) for kind in KINDS),
    *(("PruneRole", kind, _put(key)) for kind in KINDS for key in (VERDICT, CLAIM, STORED, PROOF)),
    *(("PruneRole", kind, _delete(key)) for kind in KINDS for key in (ANOTHERS_MANIFEST, ANOTHERS[kind])),
    *(("AlertRole", kind, _delete(MANIFEST)) for kind in KINDS),
    *(("AlertRole", kind, _put_event("aws.s3")) for kind in KINDS),
    *(
        ("PruneRole", kind, _lock(key, *too_much))
        for kind in KINDS
        for key in (MANIFEST, PROOF, ARCHIVE[kind])
        for too_much in TOO_MUCH
    ),
    *(
        ("PruneRole", kind, _lock(key))
        for kind in KINDS
        for key in (CLAIM, TOMBSTONE, LEASE, ANOTHERS_MANIFEST, ANOTHERS[kind])
    ),
    *((who, kind, _lock(MANIFEST)) for who in ("WriterRole", "AlertRole") for kind in KINDS),
    *((who, kind, _lock(ARCHIVE[kind])) for who in ("WriterRole", "AlertRole") for kind in KINDS),
    *(("AlertRole", kind, ("s3:GetObject", ARCHIVE[kind], {})) for kind in KINDS),
    *(
        (who, kind, ("s3:DeleteObjectVersion", key, {}))
        for who in ("WriterRole", "PruneRole", "AlertRole")
        for kind in KINDS
        for key in (MANIFEST, ARCHIVE[kind])
    ),
    *(
        (who, "plain", (action, on, {}))
        for who in ("WriterRole", "PruneRole", "AlertRole")
        for on in (CATALOG, VAULT)
        for action in (
            *("s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutBucketPolicy"),
            *("s3:PutBucketObjectLockConfiguration", "s3:DeleteBucketPolicy", "s3:DeleteBucket"),
        )
    ),
    *(
        (who, "plain", (action, ARCHIVE["plain"], {}))
        for who in ("WriterRole", "PruneRole", "AlertRole")
        for action in ("s3:BypassGovernanceRetention", "s3:PutObjectRetention")
    ),
]


def _decision(policies, who, act):
    action, resource, context = act
    return policies.decide(Request(action, resource, context), role(ACCOUNT, who))


@pytest.mark.parametrize(("who", "kind", "act"), WHOLE_JOB)
def test_each_role_may_do_its_whole_job(who, kind, act):
    assert _decision(POLICIES[kind], who, act).allowed, _decision(POLICIES[kind], who, act).why


@pytest.mark.parametrize(("who", "kind", "act"), FORBIDDEN)
def test_no_role_may_do_more(who, kind, act):
    assert not _decision(POLICIES[kind], who, act).allowed


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_is_denied_to_an_administrator_of_the_account_too(kind):
    all_rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policies = _policies(kind)
    policies.add_role("Administrator", [("all", {"Version": "2012-10-17", "Statement": [all_rights]})])
    removals: list[Any] = [(action, key, {}) for action in _REMOVALS for key in (MANIFEST, ARCHIVE[kind])]
    too_much = [_lock(key, *much) for much in TOO_MUCH for key in (MANIFEST, ARCHIVE[kind])]
    for act in [*removals, *too_much, _put(MANIFEST, OVER)]:
        assert not _decision(policies, "Administrator", act).allowed, act


def test_the_operator_that_was_named_is_let_through_and_no_other():
    all_rights = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    policies = _policies("plain", RecoveryRoleArn=OPERATOR)
    for who in ("Operator", "Other"):
        policies.add_role(who, [("all", all_rights)])
        acts: list[Any] = [*((action, MANIFEST, {}) for action in _REMOVALS), _put(MANIFEST, OVER)]
        for act in acts:
            assert _decision(policies, who, act).allowed == (who == "Operator"), act


COPY, TASK = f"{STACK}-CopyRole-0A1B", f"{STACK}-CopyTaskRole-0A1B"


@pytest.mark.parametrize(
    ("caller", "word", "allowed"),
    [
        (role(COPIERS_ACCOUNT, COPY), EXTERNAL_ID, True),
        (role(COPIERS_ACCOUNT, TASK), EXTERNAL_ID, True),
        (role(COPIERS_ACCOUNT, COPY), "another-word", False),
        (role(COPIERS_ACCOUNT, COPY), None, False),
        (role(COPIERS_ACCOUNT, f"{STACK}-DumpRole-0A1B"), EXTERNAL_ID, False),
        (role(COPIERS_ACCOUNT, f"{STACK}-CopyExecutionRole-0A1B"), EXTERNAL_ID, False),
        (role(COPIERS_ACCOUNT, f"other-{COPY}"), EXTERNAL_ID, False),
        (role(COPIERS_ACCOUNT, "Administrator"), EXTERNAL_ID, False),
        (user(COPIERS_ACCOUNT, COPY), EXTERNAL_ID, False),
        (role("999999999999", COPY), EXTERNAL_ID, False),
        (role(ACCOUNT, "PruneRole"), EXTERNAL_ID, False),
    ],
)
def test_only_the_copiers_become_the_writer_and_with_the_word_of_both_sides(caller, word, allowed):
    trust = STACKS["plain"].properties("WriterRole")["AssumeRolePolicyDocument"]
    policies = Policies(caller.account)
    writer = f"arn:aws:iam::{ACCOUNT}:role/WriterRole"
    may_assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    policies.add_role(
        caller.arn.rpartition("/")[2], [("all", {"Version": "2012-10-17", "Statement": [may_assume]})]
    )
    policies.add_thing(writer, trust, "WriterRole")
    context = {"sts:ExternalId": word} if word else {}
    assert policies.decide(Request("sts:AssumeRole", writer, context), caller).allowed == allowed


@pytest.mark.parametrize("name", ["CatalogBucket", "VaultBucket"])
def test_buckets_are_versioned_locked_from_the_start_and_kept(name):
    bucket = STACKS["plain"].resources[name]
    lock = bucket.properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    rules = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket.properties["ObjectLockEnabled"]
    assert (lock["Mode"], int(lock["Days"])) == ("GOVERNANCE", 6)
    assert [int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) for rule in rules[1:]] == [30]
    assert len(bucket.properties["PublicAccessBlockConfiguration"]) == 4
    assert all(bucket.properties["PublicAccessBlockConfiguration"].values())
    assert bucket.raw["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket.raw["UpdateReplacePolicy"] == "Retain"


def test_locks_can_be_such_that_nobody_removes_them():
    properties = _stack("plain", LockMode="compliance").properties("VaultBucket")
    assert properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Mode"] == "COMPLIANCE"


@pytest.mark.parametrize(("name", "where"), [("AlertFunction", "CodeUri"), ("CoreLayer", "ContentUri")])
def test_what_needs_no_image_is_built_as_for_the_other_stack(name, where):
    resource = TEMPLATE["Resources"][name]
    assert resource["Metadata"]["BuildMethod"] == "makefile"
    assert f"\nbuild-{name}:\n" in (ROOT / resource["Properties"][where] / "Makefile").read_text()


def test_the_mode_of_the_default_is_the_mode_of_what_is_locked_on():
    policies = _policies("plain", LockMode="compliance", LongestLockDays="400")
    for key in (MANIFEST, ARCHIVE["plain"]):
        assert _decision(policies, "PruneRole", _lock(key, "400", "COMPLIANCE")).allowed
        assert not _decision(policies, "PruneRole", _lock(key, "401", "COMPLIANCE")).allowed
        assert not _decision(policies, "PruneRole", _lock(key, "400")).allowed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("mode", "days"), [("governance", "35"), ("compliance", "400")])
def test_locks_follow_what_the_retention_keeps(kind, mode, days):
    stack = _stack(kind, LockMode=mode, LongestLockDays=days)
    text = stack.properties("PruneFunction")["Environment"]["Variables"]["SCIMS_SETTINGS"]
    lock = resolve(Flags(), {"SCIMS_SETTINGS": text}, Needs(vault=True)).object_lock
    assert lock is not None
    assert (lock.mode, lock.days) == (mode.upper(), int(days))


PLAIN_KEYLESS = ["PlainVaultNeedsKey"]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, PLAIN_KEYLESS),
        ({"LockMode": "compliance"}, PLAIN_KEYLESS),
        ({"RuntimeKeyArn": RUNTIME_KEY}, PLAIN_KEYLESS),
        ({"PlainVaultWithoutKey": "refuse"}, PLAIN_KEYLESS),
        ({"PlainVaultWithoutKey": "accept"}, []),
        ({"EncryptionKeyArn": KEY}, []),
        ({"VaultSecretArn": SECRET}, []),
        ({"VaultSecretArn": SECRET, "EncryptionKeyArn": KEY}, []),
        ({"EncryptionKeyArn": "alias/own"}, ["EncryptionKeyArn"]),
        ({"EncryptionKeyArn": KEY, "CopierStackName": "a" * 37}, []),
        ({"EncryptionKeyArn": KEY, "CopierStackName": "a" * 38}, ["CopierStackName"]),
        ({"EncryptionKeyArn": KEY, "LongestLockDays": "7"}, ["LongestLockDays"]),
        ({"EncryptionKeyArn": KEY, "BaseImageDigest": "latest"}, ["BaseImageDigest"]),
        ({"EncryptionKeyArn": KEY, "BaseImageDigest": f"sha256:{'0' * 64}"}, []),
    ],
)
def test_parameters_are_refused_before_anything_is_made_where_they_are_wrong(given, refused):
    needed = {**GIVEN, "AlertEmail": "operator@example.org"}
    assert refused_by(TEMPLATE, {**needed, **given}, []) == refused


def test_the_longest_name_of_a_stack_leaves_its_roles_names_whole():
    """CloudFormation makes a role's name of stack, logical id and 12 or 13 characters, of 64 at most."""
    longest = "a" * 37
    pattern = TEMPLATE["Parameters"]["CopierStackName"]["AllowedPattern"]
    assert re.fullmatch(pattern, longest)
    assert not re.fullmatch(pattern, f"{longest}a")
    assert len(f"{longest}-CopyTaskRole-{'0' * 13}") <= 64


@pytest.mark.parametrize("name", ["PruneLogs", "AlertLogs"])
def test_logs_are_under_their_key_where_one_is_given(name):
    assert _stack("plain", RuntimeKeyArn=RUNTIME_KEY).properties(name)["KmsKeyId"] == RUNTIME_KEY
    assert "KmsKeyId" not in STACKS["plain"].properties(name)


def test_the_base_image_can_be_pinned():
    arguments = TEMPLATE["Resources"]["PruneFunction"]["Metadata"]["DockerBuildArgs"]
    assert arguments == {"BASE_DIGEST": {"Ref": "BaseImageDigest"}}
    assert TEMPLATE["Parameters"]["BaseImageDigest"]["Default"] == ""


@pytest.mark.parametrize("kind", KINDS)
def test_prune_reads_its_settings_as_meant(kind):
    text = STACKS[kind].properties("PruneFunction")["Environment"]["Variables"]["SCIMS_SETTINGS"]
    settings = tomllib.loads(text)["sources"]["scims-db"]
    restic = f"restic:s3:https://s3.{REGION}.amazonaws.com/{STACK}-vaultbucket/scims-db"
    assert settings["vault"] == (restic if kind == "restic" else f"s3://{STACK}-vaultbucket")
    assert settings["retention"] == {"daily": 7, "weekly": 4, "monthly": 3, "time_zone": "UTC"}
    assert resolve(Flags(), {"SCIMS_SETTINGS": text}, Needs(vault=True)).source == "scims-db"
    assert text == STACKS[kind].outputs["Settings"]


@pytest.mark.parametrize("kind", KINDS)
def test_prune_is_woken_by_its_schedule_and_space_is_freed_where_restic_keeps_it(kind):
    found = {one.properties["Name"]: one.properties for one in STACKS[kind].of("AWS::Scheduler::Schedule")}
    expected = {f"{STACK}-prune"} | ({f"{STACK}-reclaim"} if kind == "restic" else set())
    assert set(found) == expected
    target = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-prune"
    assert {one["Target"]["Arn"] for one in found.values()} == {target}
    wake = Request("lambda:InvokeFunction", target)
    assert POLICIES[kind].decide(wake, role(ACCOUNT, "SchedulerRole")).allowed


STATEMENTS = [
    (resource, statement["Sid"])
    for resource in ("CatalogBucketPolicy", "VaultBucketPolicy")
    for statement in TEMPLATE["Resources"][resource]["Properties"]["PolicyDocument"]["Statement"]
    if "Sid" in statement and statement["Sid"] != "RefusePlainHttp"
]


@pytest.mark.parametrize(("resource", "sid"), STATEMENTS)
def test_no_statement_of_a_bucket_s_policy_can_be_taken_unseen(resource, sid):
    """An administrator with all rights, or prune's role with one more, may do then what it may not now."""
    template = copy.deepcopy(TEMPLATE)
    document = template["Resources"][resource]["Properties"]["PolicyDocument"]
    document["Statement"] = [one for one in document["Statement"] if one.get("Sid") != sid]
    all_rights = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    acts = [_put(MANIFEST, OVER), _put(ARCHIVE["plain"], OVER)]
    acts += [(action, key, {}) for action in _REMOVALS for key in (MANIFEST, ARCHIVE["plain"])]
    acts += [_lock(key, *too_much) for too_much in TOO_MUCH for key in (MANIFEST, ARCHIVE["plain"])]
    before, after = _policies("plain"), _policies("plain", template)
    for policies in (before, after):
        policies.add_role("Administrator", [("all", all_rights)])
    assert not any(_decision(before, "Administrator", act).allowed for act in acts)
    assert any(_decision(after, "Administrator", act).allowed for act in acts)
