"""What RDS asks IAM about a call."""

from collections.abc import Iterator

from localcloud.iam.errors import PolicyError
from localcloud.iam.evaluation import Request
from localcloud.iam.world import Call, World

_DEFAULT_GROUP = "default.postgres15"


def requests_of_rds(call: Call, world: World) -> Iterator[Request]:
    """Yield what must be allowed. Raise PolicyError if the call is not known here."""
    given, action = call.given, f"rds:{call.operation}"
    name = given.get("DBInstanceIdentifier", "*")
    server = world.arn("rds", f"db:{name}")
    match call.operation:
        case "CreateDBInstance":
            told = world.asked_tags(given)
            group = given.get("DBParameterGroupName", _DEFAULT_GROUP)
            things = (f"subgrp:{given['DBSubnetGroupName']}", f"pg:{group}", "og:default:postgres-15")
            for resource in (server, *(world.arn("rds", thing) for thing in things)):
                yield Request(action, resource, told)
            if told:
                yield Request("rds:AddTagsToResource", server, told)
        case "DeleteDBInstance":
            yield Request(action, server, world.tags_of(name))
        case "DescribeDBInstances":
            yield Request(action, server)
        case "DescribeDBEngineVersions":
            yield Request(action, "*")
        case _:
            raise PolicyError(f"rds {call.operation} is not known here: add it to iam/rds.py")
