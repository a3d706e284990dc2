"""Requests are decided as AWS documents it: each names its page, of the IAM User Guide or a service's."""

from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.iam.errors import PolicyError
from localcloud.iam.evaluation import Request
from localcloud.iam.policies import Policies
from localcloud.iam.principals import ANYBODY, Caller, role, service, user

HERE, THERE = "111122223333", "444455556666"
BUCKET, OBJECT = "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/archives/x"
KEY = f"arn:aws:kms:us-east-1:{HERE}:key/k"
TOPIC, QUEUE = f"arn:aws:sns:us-east-1:{HERE}:T", f"arn:aws:sqs:us-east-1:{HERE}:Q"
ROLE = f"arn:aws:iam::{HERE}:role/Worker"
WORKER, STRANGER = role(HERE, "Worker"), role(THERE, "Worker")


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


@dataclass(frozen=True)
class Example:
    """own: the statements of the role Worker; thing: those of a thing's policy, and whose that is."""

    page: str
    shows: str
    allowed: bool
    request: Request
    caller: Caller = WORKER
    own: tuple[dict[str, Any], ...] = ()
    thing: tuple[dict[str, Any], ...] = ()
    arn: str = BUCKET
    owner: str | None = None


LOGIC = "reference_policies_evaluation-logic"
ACROSS = "reference_policies_evaluation-logic-cross-account"
NOT_ACTION, NOT_RESOURCE = "reference_policies_elements_notaction", "reference_policies_elements_notresource"
PRINCIPAL, NOT_PRINCIPAL = "reference_policies_elements_principal", "reference_policies_elements_notprincipal"
ONCE = "S3: conditional-writes-enforce"
KMS = "KMS: key-policy-default"

GET, PUT = Request("s3:GetObject", OBJECT), Request("s3:PutObject", OBJECT)
PUT_ONCE = Request("s3:PutObject", OBJECT, {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"})
PUT_OVER = Request("s3:PutObject", OBJECT, {"s3:ObjectCreationOperation": "true"})
PUT_PART = Request("s3:PutObject", OBJECT, {"s3:ObjectCreationOperation": "false"})
ONLY_ONCE = deny(
    *("s3:PutObject", f"{BUCKET}/archives/*"),
    Principal="*",
    Condition={"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
)
NO_HTTP = deny(
    "s3:*", [BUCKET, f"{BUCKET}/*"], Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}
)
OTHERS = {"AWS": [f"arn:aws:iam::{HERE}:root", ROLE]}
SESSION = {"AWS": [*OTHERS["AWS"], f"arn:aws:sts::{HERE}:assumed-role/Worker/session"]}
MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
DECRYPT = Request("kms:Decrypt", KEY, {"kms:EncryptionContext:SecretARN": "s"})
TO_IAM = allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{HERE}:root"})
ASSUME = Request("sts:AssumeRole", ROLE)
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}
BY_ECS = {**TRUST, "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
BY_TOPIC = allow(
    "SQS:SendMessage", QUEUE, Principal={"AWS": "*"}, Condition={"ArnEquals": {"aws:SourceArn": TOPIC}}
)
SEND = Request("sqs:SendMessage", QUEUE)
SEND_FOR_TOPIC = Request("sqs:SendMessage", QUEUE, {"aws:SourceArn": TOPIC})
BY_EVENTS = allow("sns:Publish", TOPIC, Principal={"Service": "events.amazonaws.com"})
PASS = Request("iam:PassRole", ROLE, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})
PASS_ON = Request("iam:PassRole", ROLE, {"iam:PassedToService": "lambda.amazonaws.com"})
PASSES = allow(
    "iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
)

EXAMPLES = [
    Example(LOGIC, "denied by default", False, GET),
    Example(LOGIC, "allowed by the role's own", True, GET, own=(allow("s3:GetObject", OBJECT),)),
    Example(LOGIC, "an explicit denial wins", False, GET, own=(allow("s3:*", "*"), deny("s3:Get*", OBJECT))),
    Example(LOGIC, "another action's denial", True, GET, own=(allow("s3:*", "*"), deny("s3:Put*", "*"))),
    Example(
        *(LOGIC, "the thing's denial wins", False, GET),
        own=(allow("s3:*", "*"),),
        thing=(deny("s3:GetObject", OBJECT, Principal="*"),),
    ),
    Example(
        *(LOGIC, "the thing's policy is enough in one account", True, GET),
        thing=(allow("s3:GetObject", OBJECT, Principal={"AWS": ROLE}),),
    ),
    Example(
        *(LOGIC, "the account in a thing's policy leaves it to IAM", False, GET),
        thing=(allow("s3:GetObject", OBJECT, Principal={"AWS": HERE}),),
    ),
    Example(
        *(ACROSS, "the other account's thing, own policy alone", False, GET),
        own=(allow("s3:*", "*"),),
        owner=THERE,
    ),
    Example(
        *(ACROSS, "the other account's thing, its policy alone", False, GET),
        thing=(allow("s3:GetObject", OBJECT, Principal={"AWS": HERE}),),
        owner=THERE,
    ),
    Example(
        *(ACROSS, "the other account's thing, both", True, GET),
        own=(allow("s3:*", "*"),),
        thing=(allow("s3:GetObject", OBJECT, Principal={"AWS": HERE}),),
        owner=THERE,
    ),
    Example(
        *(PRINCIPAL, "a role of that name in another account", False, GET, STRANGER),
        thing=(allow("s3:GetObject", OBJECT, Principal={"AWS": ROLE}),),
    ),
    Example(
        *(PRINCIPAL, "somebody who did not sign", True, GET, ANYBODY),
        thing=(allow("s3:GetObject", OBJECT, Principal="*"),),
    ),
    Example(
        *(PRINCIPAL, "'*' under AWS is everybody too", True, GET, ANYBODY),
        thing=(allow("s3:GetObject", OBJECT, Principal={"AWS": "*"}),),
    ),
    Example(
        *(PRINCIPAL, "a user is not a role", False, GET, user(HERE, "Worker")),
        thing=(allow("s3:GetObject", OBJECT, Principal={"AWS": ROLE}),),
    ),
    Example(
        *(NOT_ACTION, "all of S3 but one", True, GET),
        own=({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"},),
    ),
    Example(
        *(NOT_ACTION, "that one", False, Request("s3:DeleteBucket", BUCKET)),
        own=({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"},),
    ),
    Example(
        *(NOT_ACTION, "ListAllMyBuckets needs '*'", False, Request("s3:ListAllMyBuckets", "*")),
        own=({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"},),
    ),
    Example(
        *(NOT_ACTION, "not without a second factor", False, GET),
        own=(allow("*", "*"), {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": MFA}),
    ),
    Example(
        *(NOT_RESOURCE, "another object", False, GET),
        own=(
            allow("s3:*", "*"),
            {"Effect": "Deny", "Action": "s3:*", "NotResource": [f"{BUCKET}/Payroll", f"{BUCKET}/Payroll/*"]},
        ),
    ),
    Example(
        *(NOT_RESOURCE, "one of those", True, Request("s3:GetObject", f"{BUCKET}/Payroll/x")),
        own=(
            allow("s3:*", "*"),
            {"Effect": "Deny", "Action": "s3:*", "NotResource": [f"{BUCKET}/Payroll", f"{BUCKET}/Payroll/*"]},
        ),
    ),
    Example(
        *(NOT_PRINCIPAL, "account, role and session are spared", True, GET),
        own=(allow("s3:*", "*"),),
        thing=({"Effect": "Deny", "NotPrincipal": SESSION, "Action": "s3:*", "Resource": OBJECT},),
    ),
    Example(
        *(NOT_PRINCIPAL, "without the session none is", False, GET),
        own=(allow("s3:*", "*"),),
        thing=({"Effect": "Deny", "NotPrincipal": OTHERS, "Action": "s3:*", "Resource": OBJECT},),
    ),
    Example(ONCE, "a put with If-None-Match", True, PUT_ONCE, own=(allow("s3:*", "*"),), thing=(ONLY_ONCE,)),
    Example(ONCE, "a put without", False, PUT_OVER, own=(allow("s3:*", "*"),), thing=(ONLY_ONCE,)),
    Example(ONCE, "a part of an upload", True, PUT_PART, own=(allow("s3:*", "*"),), thing=(ONLY_ONCE,)),
    Example("S3: bucket policies, HTTPS", "https", True, GET, own=(allow("s3:*", "*"),), thing=(NO_HTTP,)),
    Example(
        *("S3: bucket policies, HTTPS", "http", False),
        Request("s3:GetObject", OBJECT, {"aws:SecureTransport": "false"}),
        own=(allow("s3:*", "*"),),
        thing=(NO_HTTP,),
    ),
    Example(
        KMS,
        "the key leaves it to IAM",
        True,
        DECRYPT,
        own=(allow("kms:Decrypt", KEY),),
        thing=(TO_IAM,),
        arn=KEY,
    ),
    Example(KMS, "which says nothing", False, DECRYPT, thing=(TO_IAM,), arn=KEY),
    Example(KMS, "a key that leaves nothing to IAM", False, DECRYPT, own=(allow("kms:*", "*"),), arn=KEY),
    Example(
        *("KMS: policy-conditions", "another secret's context", False, DECRYPT),
        own=(
            allow("kms:Decrypt", KEY, Condition={"StringEquals": {"kms:EncryptionContext:SecretARN": "t"}}),
        ),
        thing=(TO_IAM,),
        arn=KEY,
    ),
    Example(
        *("id_roles_terms-and-concepts", "its service takes a role", True, ASSUME),
        service("ecs-tasks.amazonaws.com"),
        thing=(BY_ECS,),
        arn=ROLE,
    ),
    Example(
        *("id_roles_terms-and-concepts", "another service does not", False, ASSUME),
        service("lambda.amazonaws.com"),
        thing=(BY_ECS,),
        arn=ROLE,
    ),
    Example(
        *("id_roles_terms-and-concepts", "who may assume all, but is not trusted", False, ASSUME),
        own=(allow("sts:AssumeRole", "*"),),
        thing=(BY_ECS,),
        arn=ROLE,
    ),
    Example(
        *("confused-deputy", "a key that the service does not send", False, ASSUME),
        service("ecs-tasks.amazonaws.com"),
        thing=({**BY_ECS, "Condition": {"StringEquals": {"aws:SourceAccount": HERE}}},),
        arn=ROLE,
    ),
    Example(
        "SNS: sns-access-policy-use-cases",
        "for the topic",
        True,
        SEND_FOR_TOPIC,
        ANYBODY,
        thing=(BY_TOPIC,),
        arn=QUEUE,
    ),
    Example(
        "SNS: sns-access-policy-use-cases", "for none", False, SEND, ANYBODY, thing=(BY_TOPIC,), arn=QUEUE
    ),
    Example(
        *("EventBridge: eb-use-resource-based", "rules", True, Request("sns:Publish", TOPIC)),
        service("events.amazonaws.com"),
        thing=(BY_EVENTS,),
        arn=TOPIC,
    ),
    Example(
        *("EventBridge: eb-use-resource-based", "alarms", False, Request("sns:Publish", TOPIC)),
        service("cloudwatch.amazonaws.com"),
        thing=(BY_EVENTS,),
        arn=TOPIC,
    ),
    Example("id_roles_use_passrole", "to that service", True, PASS, own=(PASSES,)),
    Example("id_roles_use_passrole", "to another", False, PASS_ON, own=(PASSES,)),
    Example(
        "reference_policies_elements_action", "any case", True, GET, own=(allow("S3:gEtObJect", OBJECT),)
    ),
    Example(
        "reference_policies_elements_resource",
        "case counts",
        False,
        GET,
        own=(allow("s3:*", "arn:aws:s3:::Bucket/*"),),
    ),
    Example(
        *(
            "reference_policies_elements_resource",
            "* does not reach over a colon",
            False,
            Request("sns:Publish", TOPIC),
        ),
        own=(allow("sns:Publish", f"arn:aws:*:{HERE}:T:x"),),
    ),
    Example(
        *("reference_policies_variables", "one's own folder", True),
        Request("s3:GetObject", f"{BUCKET}/David/x", {"aws:username": "David"}),
        own=(allow("s3:GetObject", BUCKET + "/${aws:username}/*"),),
    ),
    Example(
        *(
            "reference_policies_variables",
            "nobody's folder",
            False,
            Request("s3:GetObject", f"{BUCKET}/David/x"),
        ),
        own=(allow("s3:GetObject", BUCKET + "/${aws:username}/*"),),
    ),
]


def document(statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{one.page}: {one.shows}" for one in EXAMPLES])
def test_a_request_is_decided_as_documented(example):
    policies = Policies(HERE)
    if example.own:
        policies.add_role("Worker", [("own", document(example.own))])
    if example.thing:
        policies.add_thing(example.arn, document(example.thing), "thing")
    decision = policies.decide(example.request, example.caller, owner=example.owner)
    assert decision.allowed == example.allowed, decision.why


def test_a_decision_names_the_statement_that_made_it():
    policies = Policies(HERE)
    policies.add_role(
        "Worker", [("own", document([allow("s3:*", "*", Sid="All"), deny("s3:Put*", "*", Sid="No")]))]
    )
    assert policies.decide(GET, WORKER).why == "Worker.own.All allows it"
    assert policies.decide(PUT, WORKER).why == "Worker.own.No denies it"
    assert policies.decide(Request("sns:Publish", TOPIC), WORKER).why == "no policy allows it"


def test_an_endpoint_lets_through_what_its_policy_names():
    policies = Policies(HERE)
    policies.add_role("Worker", [("own", document([allow("s3:*", "*")]))])
    policies.add_endpoint("Way", document([allow("s3:GetObject", OBJECT, Principal="*")]))
    assert policies.decide(GET, WORKER, via="Way").allowed
    assert not policies.decide(PUT, WORKER, via="Way").allowed
    assert not policies.decide(GET, role(HERE, "Nobody"), via="Way").allowed


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ({**allow("s3:*", "*"), "Effect": "allow"}, "its effect"),
        ({**allow("s3:*", "*"), "Actions": "s3:*"}, "no elements"),
        ({**allow("s3:*", "*"), "NotAction": "s3:*"}, "Action must stand there once"),
        ({"Effect": "Allow", "Action": "s3:*"}, "Resource must stand there once"),
        (allow("s3:*", "*", Principal="*"), "Principal may not stand there"),
        (allow("GetObject", "*"), "no actions"),
        (allow([], "*"), "Action is"),
        (allow("s3:*", "bucket/*"), "no ARN"),
        (allow("s3:*", "arn:aws:s3:${aws:PrincipalAccount}::x"), "after the fifth colon"),
        (allow("s3:*", "*", Condition={"StringIs": {"s3:prefix": "x"}}), "not known here"),
    ],
)
def test_a_policy_that_iam_would_refuse_is_an_error(statement, why):
    with pytest.raises(PolicyError, match=why):
        Policies(HERE).add_role("Worker", [("own", document([statement]))])


@pytest.mark.parametrize(
    ("principal", "why"),
    [
        ({"NotPrincipal": {"AWS": ROLE}}, "lets everybody else in"),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}, "a wildcard stands alone"),
        ({"Principal": {"Service": "*.amazonaws.com"}}, "a wildcard stands alone"),
        ({"Principal": {"CanonicalUser": "x"}}, "no principal that is known"),
        ({}, "Principal must stand there once"),
    ],
)
def test_a_principal_that_is_not_known_is_an_error(principal, why):
    with pytest.raises(PolicyError, match=why):
        Policies(HERE).add_thing(BUCKET, document([{**allow("s3:*", "*"), **principal}]), "thing")


@pytest.mark.parametrize(
    "whole",
    [{"Version": "2026-01-01", "Statement": [allow("s3:*", "*")]}, {"Version": "2012-10-17"}, {"Rules": []}],
)
def test_a_document_that_is_no_policy_is_an_error(whole):
    with pytest.raises(PolicyError):
        Policies(HERE).add_role("Worker", [("own", whole)])


def test_a_key_that_the_service_never_sends_is_an_error():
    with pytest.raises(PolicyError, match="never sent with s3:GetObject"):
        Policies(HERE).decide(Request("s3:GetObject", OBJECT, {"ecs:cluster": "x"}), WORKER)


def test_a_role_that_is_not_there_is_an_error():
    with pytest.raises(PolicyError, match="there is no role"):
        Policies(HERE).allows(GET, role="Worker")
