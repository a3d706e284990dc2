"""Whether a stack's network lets its functions and tasks reach AWS, which no Rule of a template can check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scims_backup.domain.health import Observed, fine, problem
from scims_backup.domain.health_rules import named

_DUMP_NEEDS = ("s3", "secretsmanager")
_TASK_NEEDS = ("s3", "secretsmanager", "ecr.api", "ecr.dkr", "logs")


class WayOut(StrEnum):
    """Where a subnet's default route leads."""

    NOWHERE = "nowhere"
    INTERNET_GATEWAY = "to an internet gateway"
    ELSEWHERE = "to a NAT gateway or the like"


@dataclass(frozen=True)
class Subnet:
    """A subnet.

    vpc, zone: where it is
    table: its route table
    services: endpoints that it can use
    """

    name: str
    vpc: str
    zone: str
    table: str
    way_out: WayOut
    services: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Network:
    """A stack's network, as configured and as it is.

    endpoints: the parameter CreateEndpoints
    groups: the VPC of each of the database's security groups
    dns: what the VPC has of enableDnsSupport and enableDnsHostnames
    """

    vpc: str
    drill: Sequence[Subnet]
    database: Sequence[Subnet]
    endpoints: str
    public_address: bool
    groups: Mapping[str, str]
    dns: Mapping[str, bool]

    @property
    def has_interface_endpoints(self) -> bool:
        """Say whether the stack makes endpoints that have names and addresses of their own."""
        return self.endpoints in {"secrets", "all"}


def judged(network: Network) -> Iterator[Observed]:
    """Yield what is wrong with a network, or that it is fine."""
    problems = [
        *_elsewhere(network),
        *_one_zone(network),
        *_without_names(network),
        *_closed_in(network.drill, "the drill's task", _TASK_NEEDS, public=network.public_address),
        *_closed_in(network.database, "the dump", _DUMP_NEEDS, public=False),
    ]
    yield from problems or [fine(f"subnets that reach AWS: {len({*network.drill, *network.database})}")]


def _elsewhere(network: Network) -> Iterator[Observed]:
    places = {subnet.name: subnet.vpc for subnet in (*network.drill, *network.database)}
    for name, vpc in {**places, **network.groups}.items():
        if vpc != network.vpc:
            yield problem(
                f"is in {vpc}, not in {network.vpc}",
                "choose VpcId, subnets and security groups of the same VPC",
                name,
            )


def _one_zone(network: Network) -> Iterator[Observed]:
    zones = defaultdict[str, list[str]](list)
    for subnet in network.drill if network.has_interface_endpoints else ():
        zones[subnet.zone].append(subnet.name)
    for zone, names in zones.items():
        if len(names) > 1:
            yield problem(
                f"{named(names)} are all in zone {zone}, but an endpoint takes one subnet per zone",
                "set DrillSubnetIds to one subnet per zone",
                network.vpc,
            )


def _without_names(network: Network) -> Iterator[Observed]:
    for attribute, is_on in network.dns.items() if network.has_interface_endpoints else ():
        if not is_on:
            option = {"enableDnsSupport": "support", "enableDnsHostnames": "hostnames"}[attribute]
            yield problem(
                f"{attribute} is off: AWS's host names do not resolve to the endpoints",
                f"aws ec2 modify-vpc-attribute --vpc-id {network.vpc} --enable-dns-{option} Value=true",
                network.vpc,
            )


def _closed_in(
    subnets: Sequence[Subnet], who: str, needs: Sequence[str], *, public: bool
) -> Iterator[Observed]:
    ways = {WayOut.ELSEWHERE, *([WayOut.INTERNET_GATEWAY] if public else [])}
    for subnet in subnets:
        lacking = [service for service in needs if service not in subnet.services]
        if subnet.way_out not in ways and lacking:
            yield problem(
                f"{who} does not reach {named(lacking)} from here: its default route ({subnet.table}) leads "
                f"{subnet.way_out}, and there are no endpoints for them",
                "set up one of the routes in docs/deploy.md, 'Network'",
                subnet.name,
            )
