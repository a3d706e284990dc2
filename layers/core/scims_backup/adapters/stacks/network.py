"""The network of a stack, as its parameters name it and as EC2 reports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scims_backup.domain.network import Network, Subnet, WayOut

_EVERYWHERE = "0.0.0.0/0"
_DNS = ("enableDnsSupport", "enableDnsHostnames")


@dataclass(frozen=True)
class Ec2Network:
    """What EC2 reports about a stack's network.

    ec2: a client
    given: the stack's parameters

    It raises botocore's errors: the caller knows the stack.
    """

    ec2: Any  # there are no stubs of EC2 among ours, and it has hundreds of calls
    given: Mapping[str, str]

    def read(self) -> Network:
        """Ask for all of it."""
        drill, database = self._list("DrillSubnetIds"), self._list("DatabaseSubnetIds")
        subnets = self._subnets({*drill, *database})
        return Network(
            vpc=self._vpc,
            drill=[subnets[name] for name in drill],
            database=[subnets[name] for name in database],
            endpoints=self.given.get("CreateEndpoints", "none"),
            public_address=self.given.get("AssignPublicIp") == "ENABLED",
            groups=self._groups(self._list("DatabaseSecurityGroupIds")),
            dns={name: self._is_on(name) for name in _DNS},
        )

    @property
    def _vpc(self) -> str:
        return self.given["VpcId"]

    def _list(self, parameter: str) -> list[str]:
        return [name for name in self.given.get(parameter, "").split(",") if name]

    def _subnets(self, names: set[str]) -> dict[str, Subnet]:
        found = self.ec2.describe_subnets(SubnetIds=sorted(names))["Subnets"] if names else []
        return {one["SubnetId"]: self._subnet(one) for one in found}

    def _subnet(self, told: Mapping[str, Any]) -> Subnet:
        name = told["SubnetId"]
        tables = [table for table in self._tables if _is_of(table, "SubnetId", name)]
        tables += [table for table in self._tables if _is_of(table, "Main", True)]
        table: Mapping[str, Any] = next(iter(tables), {"RouteTableId": "none"})
        return Subnet(
            name=name,
            vpc=told["VpcId"],
            zone=told["AvailabilityZone"],
            table=table["RouteTableId"],
            way_out=_way_out(table),
            services=frozenset(self._services(table["RouteTableId"])),
        )

    def _services(self, table: str) -> Iterator[str]:
        """The endpoints that a subnet can use: a gateway's where its table has the route to it."""
        for one in self._endpoints:
            if one.get("VpcEndpointType") != "Gateway" or table in one.get("RouteTableIds", ()):
                yield one["ServiceName"].partition(".amazonaws.")[2].partition(".")[2]

    @cached_property
    def _tables(self) -> list[Mapping[str, Any]]:
        return self._of_vpc("describe_route_tables", "RouteTables")

    @cached_property
    def _endpoints(self) -> list[Mapping[str, Any]]:
        return self._of_vpc("describe_vpc_endpoints", "VpcEndpoints")

    def _of_vpc(self, question: str, answer: str) -> list[Mapping[str, Any]]:
        pages = self.ec2.get_paginator(question).paginate(Filters=[{"Name": "vpc-id", "Values": [self._vpc]}])
        return [one for page in pages for one in page[answer]]

    def _groups(self, names: Sequence[str]) -> dict[str, str]:
        found = self.ec2.describe_security_groups(GroupIds=names)["SecurityGroups"] if names else []
        return {one["GroupId"]: one["VpcId"] for one in found}

    def _is_on(self, attribute: str) -> bool:
        told = self.ec2.describe_vpc_attribute(VpcId=self._vpc, Attribute=attribute)
        return bool(told[attribute[0].upper() + attribute[1:]]["Value"])


def _is_of(table: Mapping[str, Any], key: str, value: object) -> bool:
    return any(one.get(key) == value for one in table.get("Associations", ()))


def _way_out(table: Mapping[str, Any]) -> WayOut:
    for route in table.get("Routes", ()):
        if route.get("DestinationCidrBlock") == _EVERYWHERE and route.get("State") != "blackhole":
            to_internet = str(route.get("GatewayId", "")).startswith("igw-")
            return WayOut.INTERNET_GATEWAY if to_internet else WayOut.ELSEWHERE
    return WayOut.NOWHERE
