"""Conditions hold as AWS documents it: each row names its page of the IAM User Guide."""

import pytest

from localcloud.iam.conditions import read_conditions
from localcloud.iam.errors import PolicyError

OPERATORS = "reference_policies_elements_condition_operators"
SETS = "reference_policies_condition-single-vs-multi-valued-context-keys"
VARIABLES = "reference_policies_variables"
LOGIC = "reference_policies_condition-logic-multiple-context-keys-or-values"

HOME = ["", "home/", "home/${aws:username}/"]
FINANCE = "arn:aws:someservice:*:111122223333:finance/*"
STORED = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
TAG, TAGS = "aws:PrincipalTag/job-category", "aws:TagKeys"

EXAMPLES = [
    # page, what it shows, condition, context, whether it holds
    (OPERATORS, "text, equal", {"StringEquals": {TAG: "iamuser-admin"}}, {TAG: "iamuser-admin"}, True),
    (OPERATORS, "text, other", {"StringEquals": {TAG: "iamuser-admin"}}, {TAG: "IamUser-Admin"}, False),
    (OPERATORS, "text, missing", {"StringEquals": {TAG: "iamuser-admin"}}, {}, False),
    (OPERATORS, "negated, missing", {"StringNotEquals": {TAG: "x"}}, {}, True),
    (OPERATORS, "negated like, missing", {"StringNotLike": {TAG: "x*"}}, {}, True),
    (OPERATORS, "negated ARN, missing", {"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, {}, True),
    (OPERATORS, "case ignored", {"StringEqualsIgnoreCase": {TAG: "john"}}, {TAG: "John"}, True),
    (OPERATORS, "negated, case ignored", {"StringNotEqualsIgnoreCase": {TAG: "john"}}, {TAG: "John"}, False),
    (OPERATORS, "home, root of it", {"StringLike": {"s3:prefix": HOME}}, {"s3:prefix": ""}, True),
    (
        *(OPERATORS, "home, own", {"StringLike": {"s3:prefix": HOME}}),
        *({"s3:prefix": "home/David/", "aws:username": "David"}, True),
    ),
    (
        *(OPERATORS, "home, another's", {"StringLike": {"s3:prefix": HOME}}),
        *({"s3:prefix": "home/Adele/", "aws:username": "David"}, False),
    ),
    (OPERATORS, "one letter", {"StringLike": {"s3:prefix": "a?c"}}, {"s3:prefix": "abbc"}, False),
    (
        OPERATORS,
        "number, equal",
        {"NumericLessThanEquals": {"s3:max-keys": "10"}},
        {"s3:max-keys": "10"},
        True,
    ),
    (
        OPERATORS,
        "number, above",
        {"NumericLessThanEquals": {"s3:max-keys": "10"}},
        {"s3:max-keys": "11"},
        False,
    ),
    (OPERATORS, "number, missing", {"NumericLessThanEquals": {"s3:max-keys": "10"}}, {}, False),
    (OPERATORS, "number, no text", {"NumericGreaterThan": {"s3:max-keys": 9}}, {"s3:max-keys": "10"}, True),
    (
        *(OPERATORS, "date, after", {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}}),
        *({"aws:TokenIssueTime": "2020-06-01T00:00:00Z"}, True),
    ),
    (
        *(OPERATORS, "date, before", {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}}),
        *({"aws:TokenIssueTime": "2019-12-31T00:00:00Z"}, False),
    ),
    (
        *(OPERATORS, "date, in seconds", {"DateLessThan": {"aws:EpochTime": "2020-01-01T00:00:01Z"}}),
        *({"aws:EpochTime": "1577836800"}, True),
    ),
    (
        *(OPERATORS, "plain http", {"Bool": {"aws:SecureTransport": "false"}}),
        *({"aws:SecureTransport": "false"}, True),
    ),
    (
        *(OPERATORS, "truth, no text", {"Bool": {"aws:SecureTransport": False}}),
        *({"aws:SecureTransport": "true"}, False),
    ),
    (OPERATORS, "truth, missing", {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {}, False),
    (
        *(OPERATORS, "base64", {"BinaryEquals": {TAG: "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}),
        *({TAG: "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}, True),
    ),
    (
        *(OPERATORS, "address", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        *({"aws:SourceIp": "203.0.113.255"}, True),
    ),
    (
        *(OPERATORS, "address, else", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        *({"aws:SourceIp": "203.0.114.1"}, False),
    ),
    (
        *(
            OPERATORS,
            "both kinds",
            {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}},
        ),
        *({"aws:SourceIp": "2001:db8:1234:5678::9"}, True),
    ),
    (OPERATORS, "by an endpoint", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {}, False),
    (OPERATORS, "by an endpoint, negated", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {}, True),
    (OPERATORS, "ARN as text", {"StringLike": {"aws:SourceArn": FINANCE}}, {"aws:SourceArn": STORED}, True),
    (OPERATORS, "ARN by parts", {"ArnLike": {"aws:SourceArn": FINANCE}}, {"aws:SourceArn": STORED}, False),
    (
        *(
            OPERATORS,
            "ArnEquals is ArnLike",
            {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:123456789012:T*"}},
        ),
        *({"aws:SourceArn": "arn:aws:sns:eu-west-1:123456789012:TOPIC"}, True),
    ),
    (
        OPERATORS,
        "if it exists, missing",
        {"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "m3.*"]}},
        {},
        True,
    ),
    (
        *(OPERATORS, "if it exists, other", {"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "m3.*"]}}),
        *({"ec2:InstanceType": "p5.48xlarge"}, False),
    ),
    (OPERATORS, "no temporary credentials", {"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
    (
        *(OPERATORS, "temporary credentials", {"Null": {"aws:TokenIssueTime": "true"}}),
        *({"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}, False),
    ),
    (SETS, "all of them", {"ForAllValues:StringEquals": {TAGS: ["a", "b"]}}, {TAGS: ("a", "b")}, True),
    (SETS, "not all", {"ForAllValues:StringEquals": {TAGS: ["a", "b"]}}, {TAGS: ("a", "c")}, False),
    (SETS, "all of none", {"ForAllValues:StringEquals": {TAGS: ["a", "b"]}}, {}, True),
    (SETS, "all of an empty one", {"ForAllValues:StringEquals": {TAGS: ["a", "b"]}}, {TAGS: ("",)}, True),
    (SETS, "any of them", {"ForAnyValue:StringLike": {TAGS: ["key1*"]}}, {TAGS: ("x", "key12")}, True),
    (SETS, "any of none", {"ForAnyValue:StringEquals": {TAGS: ["a", "b"]}}, {}, False),
    (SETS, "any that is not, of none", {"ForAnyValue:StringNotEquals": {TAGS: ["a", "b"]}}, {}, False),
    (SETS, "any that is not", {"ForAnyValue:StringNotEquals": {TAGS: ["a", "b"]}}, {TAGS: ("a", "c")}, True),
    (
        *(
            SETS,
            "all, and there is one",
            {"Null": {TAGS: "false"}, "ForAllValues:StringLike": {TAGS: ["key1*"]}},
        ),
        *({}, False),
    ),
    (LOGIC, "one value of a key", {"StringEquals": {TAG: ["a", "b"]}}, {TAG: "b"}, True),
    (LOGIC, "none of a negated key's values", {"StringNotEquals": {TAG: ["a", "b"]}}, {TAG: "b"}, False),
    (
        *(LOGIC, "all keys", {"StringEquals": {TAG: "a", "aws:SourceVpc": "vpc-1"}}),
        *({TAG: "a", "aws:SourceVpc": "vpc-2"}, False),
    ),
    (
        *(LOGIC, "all operators", {"StringEquals": {TAG: "a"}, "Bool": {"aws:SecureTransport": "true"}}),
        *({TAG: "a", "aws:SecureTransport": "false"}, False),
    ),
    (
        VARIABLES,
        "names of keys in any case",
        {"StringEquals": {"AWS:SourceVPC": "v"}},
        {"aws:SourceVpc": "v"},
        True,
    ),
    (VARIABLES, "no value", {"StringEquals": {TAG: "${aws:username}"}}, {TAG: ""}, False),
    (VARIABLES, "no value, negated", {"StringNotEquals": {TAG: "${aws:username}"}}, {TAG: "x"}, True),
    (VARIABLES, "a default", {"StringEquals": {TAG: "${aws:username, 'nobody'}"}}, {TAG: "nobody"}, True),
    (VARIABLES, "a star that is one", {"StringLike": {TAG: "a${*}"}}, {TAG: "a*"}, True),
    (VARIABLES, "a star that is no wildcard", {"StringLike": {TAG: "a${*}"}}, {TAG: "ab"}, False),
    (
        VARIABLES,
        "a value's star",
        {"StringLike": {TAG: "${aws:username}"}},
        {TAG: "ab", "aws:username": "a*"},
        False,
    ),
]


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [example[2:] for example in EXAMPLES],
    ids=[f"{page.rpartition('_')[2]}: {shows}" for page, shows, *_ in EXAMPLES],
)
def test_a_condition_holds_as_documented(condition, context, expected):
    lower = {key.lower(): value for key, value in context.items()}
    found = [one.holds(lower) for one in read_conditions(condition, "here", variables=True)]
    assert all(found) == expected


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"StringMatches": {TAG: "x"}}, "operator StringMatches is not known"),
        ({"ForSomeValues:StringLike": {TAGS: "x"}}, "no set operator"),
        ({"StringEquals": {"s3:if-none-matches": "x"}}, "key s3:if-none-matches is not known"),
        ({"StringEquals": {"aws:PrincipalTag/": "x"}}, "is not known"),
        ({"Bool": {"s3:max-keys": "true"}}, "Bool is not for s3:max-keys"),
        ({"ArnLike": {"s3:prefix": "x"}}, "ArnLike is not for s3:prefix"),
        ({"Null": {TAG: "perhaps"}}, "true or false"),
        ({"NullIfExists": {TAG: "true"}}, "operator NullIfExists is not known"),
        ({"ForAllValues:StringEquals": {TAG: "x"}}, "has one"),
        ({"StringEquals": {TAG: []}}, "no value"),
        ({"StringEquals": {TAG: {"Ref": "x"}}}, "is no value"),
    ],
)
def test_a_condition_that_is_not_known_is_an_error(condition, why):
    with pytest.raises(PolicyError, match=why):
        list(read_conditions(condition, "here", variables=True))


@pytest.mark.parametrize(
    ("condition", "context"),
    [
        ({"StringEquals": {"events:source": "a"}}, {"events:source": ("a", "b")}),
        ({"NumericEquals": {"s3:max-keys": "ten"}}, {"s3:max-keys": "10"}),
        ({"DateEquals": {"aws:CurrentTime": "soon"}}, {"aws:currenttime": "2026-11-28T00:00:00Z"}),
        ({"Bool": {"aws:SecureTransport": "yes"}}, {"aws:securetransport": "true"}),
        ({"IpAddress": {"aws:SourceIp": "10.0.0"}}, {"aws:sourceip": "10.0.0.1"}),
        ({"StringEquals": {TAG: "${aws:TagKeys}"}}, {TAG.lower(): "x", "aws:tagkeys": ("x",)}),
    ],
)
def test_values_that_cannot_be_compared_are_an_error(condition, context):
    (found,) = read_conditions(condition, "here", variables=True)
    with pytest.raises(PolicyError):
        found.holds(context)


def test_an_old_version_of_the_language_takes_variables_as_they_are_written():
    (found,) = read_conditions({"StringEquals": {TAG: "${aws:username}"}}, "here", variables=False)
    assert found.holds({TAG.lower(): "${aws:username}", "aws:username": "David"})
