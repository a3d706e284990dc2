"""A network for stacks that want one: LocalStack's default VPC."""

from dataclasses import dataclass

from localcloud.clients import Clients


@dataclass(frozen=True)
class Network:
    """Ids that LocalStack knows."""

    vpc: str
    subnets: list[str]
    security_group: str


def default_network(clients: Clients) -> Network:
    """Look up the default VPC with two of its subnets."""
    ec2 = clients.client("ec2")
    default = [{"Name": "is-default", "Values": ["true"]}]
    vpc = ec2.describe_vpcs(Filters=default)["Vpcs"][0]["VpcId"]
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    return Network(
        vpc,
        [subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]][:2],
        ec2.describe_security_groups(Filters=inside)["SecurityGroups"][0]["GroupId"],
    )
