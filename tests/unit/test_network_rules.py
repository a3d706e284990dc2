"""What of a stack's network keeps its functions and tasks from AWS."""

from dataclasses import replace

import pytest

from scims_backup.domain.health import State
from scims_backup.domain.network import Network, Subnet, WayOut, judged

ALL = frozenset({"s3", "secretsmanager", "ecr.api", "ecr.dkr", "logs"})
CLOSED = WayOut.NOWHERE


def subnet(name="subnet-a", zone="a", way_out=WayOut.ELSEWHERE, services=frozenset(), vpc="vpc-1"):
    return Subnet(name, vpc, zone, f"rtb-{name[-1]}", way_out, frozenset(services))


PRIVATE = Network(
    vpc="vpc-1",
    drill=[subnet(), subnet("subnet-b", "b")],
    database=[subnet("subnet-c", "a")],
    endpoints="none",
    public_address=False,
    groups={"sg-1": "vpc-1"},
    dns={"enableDnsSupport": True, "enableDnsHostnames": True},
)
OPEN = subnet(way_out=WayOut.INTERNET_GATEWAY)
SHUT = replace(PRIVATE, endpoints="all", drill=[subnet(way_out=CLOSED, services=ALL)], database=[])
NO_NAMES = {"enableDnsSupport": True, "enableDnsHostnames": False}

FINE = {
    "a NAT gateway": PRIVATE,
    "a public subnet and a public address": replace(PRIVATE, drill=[OPEN], public_address=True),
    "closed, with endpoints": SHUT,
    "endpoints that were there": replace(SHUT, endpoints="none"),
    "a dump that is closed in": replace(
        PRIVATE, database=[subnet(way_out=CLOSED, services={"s3", "secretsmanager"})]
    ),
    "one zone without interface endpoints": replace(
        PRIVATE, endpoints="s3", drill=[subnet(), subnet("subnet-b")]
    ),
    "no names without interface endpoints": replace(PRIVATE, endpoints="s3", dns=NO_NAMES),
    "no database in a VPC": replace(PRIVATE, database=[], groups={}),
}
WRONG = {
    "a subnet for drills in another VPC": (
        replace(PRIVATE, drill=[subnet(vpc="vpc-2")]),
        [("subnet-a", "is in vpc-2, not in vpc-1")],
    ),
    "a subnet of the database in another VPC": (
        replace(PRIVATE, database=[subnet("subnet-c", vpc="vpc-2")]),
        [("subnet-c", "is in vpc-2, not in vpc-1")],
    ),
    "a group in another VPC": (
        replace(PRIVATE, groups={"sg-1": "vpc-2"}),
        [("sg-1", "is in vpc-2, not in vpc-1")],
    ),
    "two endpoint subnets in one zone": (
        replace(PRIVATE, endpoints="secrets", drill=[subnet(), subnet("subnet-b")]),
        [("vpc-1", "subnet-a, subnet-b are all in zone a, but an endpoint takes one subnet per zone")],
    ),
    "no names for endpoints": (
        replace(SHUT, dns=NO_NAMES),
        [("vpc-1", "enableDnsHostnames is off: AWS's host names do not resolve to the endpoints")],
    ),
    "no DNS at all": (
        replace(SHUT, dns=dict.fromkeys(NO_NAMES, False)),
        [("vpc-1", "enableDnsSupport is off"), ("vpc-1", "enableDnsHostnames is off")],
    ),
    "a public subnet without a public address": (
        replace(PRIVATE, drill=[OPEN]),
        [
            (
                "subnet-a",
                "the drill's task does not reach s3, secretsmanager, ecr.api, ecr.dkr, logs from here",
            )
        ],
    ),
    "a closed subnet that lacks some endpoints": (
        replace(SHUT, drill=[subnet(way_out=CLOSED, services={"s3", "secretsmanager"})]),
        [("subnet-a", "the drill's task does not reach ecr.api, ecr.dkr, logs from here")],
    ),
    "a route table without the way to S3": (
        replace(SHUT, drill=[subnet(way_out=CLOSED, services=ALL - {"s3"})]),
        [
            (
                "subnet-a",
                "the drill's task does not reach s3 from here: its default route (rtb-a) leads nowhere",
            )
        ],
    ),
    "a dump in a public subnet": (
        replace(PRIVATE, public_address=True, database=[subnet("subnet-c", way_out=WayOut.INTERNET_GATEWAY)]),
        [("subnet-c", "the dump does not reach s3, secretsmanager from here")],
    ),
    "a dump that is closed in without endpoints": (
        replace(PRIVATE, database=[subnet("subnet-c", way_out=CLOSED, services={"s3"})]),
        [("subnet-c", "the dump does not reach secretsmanager from here")],
    ),
}


@pytest.mark.parametrize("network", FINE.values(), ids=FINE)
def test_a_network_by_which_all_is_reached_is_fine(network):
    assert [seen.state for seen in judged(network)] == [State.FINE]


@pytest.mark.parametrize(("network", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_of_the_thing_that_it_is_about(network, told):
    seen = list(judged(network))
    assert [one.what for one in seen] == [what for what, _ in told]
    for one, (_, message) in zip(seen, told, strict=True):
        assert (one.state, message in one.message, bool(one.cure)) == (State.PROBLEM, True, True)
