"""What doctor sees of a stack's network, on moto's EC2."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError

from scims_backup.adapters.stacks.cloudformation import Stack
from scims_backup.domain.health import NotCheckedError, State

ZONES = ("us-east-1a", "us-east-1b")


class Vpc:
    """A VPC with a subnet in each of two zones, closed in, and a stack that is told of it."""

    def __init__(self, ec2):
        self.ec2 = ec2
        self.id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self.subnet(number, zone) for number, zone in enumerate(ZONES)]
        (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.id]}])["RouteTables"]
        self.main = main["RouteTableId"]
        self.given = {"VpcId": self.id, "DrillSubnetIds": ",".join(self.subnets), "DatabaseSubnetIds": ""}

    def subnet(self, number, zone):
        made = self.ec2.create_subnet(VpcId=self.id, CidrBlock=f"10.1.{number}.0/24", AvailabilityZone=zone)
        return made["Subnet"]["SubnetId"]

    def endpoint(self, service, **more):
        name = f"com.amazonaws.us-east-1.{service}"
        self.ec2.create_vpc_endpoint(VpcId=self.id, ServiceName=name, **more)

    def lead_out(self, **target):
        self.ec2.create_route(RouteTableId=self.main, DestinationCidrBlock="0.0.0.0/0", **target)

    def internet_gateway(self):
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.id)
        return gateway

    def seen(self, **given):
        """What is wrong, by what it is about."""
        parameters = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in {**self.given, **given}.items()
        ]
        told = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [{"Parameters": parameters}]})
        stack = Stack("scims-backup", {"cloudformation": told, "ec2": self.ec2}.__getitem__)
        return [(one.what, one.message) for one in stack.network() if one.state is State.PROBLEM]


@pytest.fixture
def vpc(moto):
    keys = {"aws_access_key_id": moto.access_key, "aws_secret_access_key": moto.secret_key}
    return Vpc(boto3.client("ec2", endpoint_url=moto.url, region_name="us-east-1", **keys))


def test_a_subnet_without_any_way_is_closed_in(vpc):
    assert [what for what, _ in vpc.seen()] == vpc.subnets


def test_a_nat_gateway_leads_out_and_an_internet_gateway_needs_a_public_address(vpc):
    vpc.lead_out(GatewayId=vpc.internet_gateway())
    assert [what for what, _ in vpc.seen()] == vpc.subnets
    assert vpc.seen(AssignPublicIp="ENABLED") == []
    nat = vpc.ec2.create_nat_gateway(SubnetId=vpc.subnets[0], ConnectivityType="private")
    private = vpc.ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"]
    vpc.ec2.create_route(
        RouteTableId=private,
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=nat["NatGateway"]["NatGatewayId"],
    )
    vpc.ec2.associate_route_table(RouteTableId=private, SubnetId=vpc.subnets[1])
    assert [what for what, _ in vpc.seen()] == vpc.subnets[:1]


def test_endpoints_make_up_for_a_way_out_where_the_route_table_knows_s3(vpc):
    for service in ("secretsmanager", "ecr.api", "ecr.dkr", "logs"):
        vpc.endpoint(service, VpcEndpointType="Interface", SubnetIds=vpc.subnets)
    other = vpc.ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"]
    vpc.ec2.associate_route_table(RouteTableId=other, SubnetId=vpc.subnets[1])
    vpc.endpoint("s3", VpcEndpointType="Gateway", RouteTableIds=[vpc.main])
    ((what, message),) = vpc.seen()
    assert (what, f"does not reach s3 from here: its default route ({other})" in message) == (
        vpc.subnets[1],
        True,
    )


def test_two_subnets_of_one_zone_and_names_that_are_off_are_told(vpc):
    vpc.lead_out(GatewayId=vpc.internet_gateway())
    vpc.given["AssignPublicIp"] = "ENABLED"
    third = vpc.subnet(7, ZONES[0])
    vpc.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsSupport={"Value": True})
    vpc.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsHostnames={"Value": False})
    told = vpc.seen(CreateEndpoints="all", DrillSubnetIds=f"{vpc.subnets[0]},{third}")
    assert [message.split(":")[0] for _, message in told] == [
        f"{vpc.subnets[0]}, {third} are all in zone us-east-1a, but an endpoint takes one subnet per zone",
        "enableDnsHostnames is off",
    ]
    assert vpc.seen(CreateEndpoints="s3", DrillSubnetIds=f"{vpc.subnets[0]},{third}") == []


def test_groups_and_subnets_of_another_vpc_are_told(vpc):
    other = Vpc(vpc.ec2)
    group = vpc.ec2.create_security_group(GroupName="own", Description="own", VpcId=other.id)["GroupId"]
    told = vpc.seen(DatabaseSubnetIds=other.subnets[0], DatabaseSecurityGroupIds=group)
    assert {what for what, _ in told} >= {other.subnets[0], group}


def test_a_stack_that_is_not_there_or_has_no_network_has_nothing_to_look_at(vpc):
    error = ClientError({"Error": {"Code": "ValidationError", "Message": "Stack x does not exist"}}, "x")
    gone = SimpleNamespace(describe_stacks=Mock(side_effect=error))
    bare = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [{}]})
    for told in (gone, bare):
        assert list(Stack("x", {"cloudformation": told, "ec2": vpc.ec2}.__getitem__).network()) == []


def test_what_aws_refuses_to_tell_is_not_checked_and_says_which_right_is_missing(vpc):
    refused: Any = {"Error": {"Code": "UnauthorizedOperation"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    told: Any = SimpleNamespace(
        describe_stacks=lambda **_: {
            "Stacks": [{"Parameters": [{"ParameterKey": "VpcId", "ParameterValue": vpc.id}]}]
        }
    )
    ec2: Any = Mock(**{"describe_vpc_attribute.side_effect": ClientError(refused, "DescribeVpcAttribute")})
    with pytest.raises(NotCheckedError) as caught:
        list(Stack("x", {"cloudformation": told, "ec2": ec2}.__getitem__).network())
    assert "ec2:Describe*" in caught.value.cure
