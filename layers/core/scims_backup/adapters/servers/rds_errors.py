"""What RDS and Secrets Manager refuse, in words with a cure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, code_of, described, failure_of
from scims_backup.domain.errors import NoCapacityError, SandboxError, TaskRefusedError, TasksUnreachableError

_GROUPS = "check RdsSandboxSubnetIds: at least two subnets in two zones, with free addresses"
_LATER = {
    "InsufficientDBInstanceCapacity": "it will be tried again, or choose another RdsSandboxClass",
    "InsufficientStorageClusterCapacity": "it will be tried again",
    "InstanceQuotaExceeded": "delete instances of RDS, or ask AWS for a higher quota",
    "StorageQuotaExceeded": "ask AWS for a higher quota of RDS's storage",
    "InvalidDBInstanceState": "it will be tried again",
    "Throttling": "it will be tried again",
    "ThrottlingException": "it will be tried again",
    "RequestLimitExceeded": "it will be tried again",
}
_NEVER = {
    "DBSubnetGroupNotFoundFault": _GROUPS,
    "DBSubnetGroupDoesNotCoverEnoughAZs": _GROUPS,
    "InvalidSubnet": _GROUPS,
    "InvalidVPCNetworkStateFault": _GROUPS,
    "DBParameterGroupNotFound": "check RdsSandboxParameterGroup: it must be of the source's major version",
    "KMSKeyNotAccessibleFault": "check that the account's key aws/rds is enabled",
    "StorageTypeNotSupported": "choose an RdsSandboxClass that takes gp3 storage",
}
_SERVICE_ROLE = (
    "the account has never had an instance of RDS: create its role with `aws iam create-service-linked-role "
    "--aws-service-name rds.amazonaws.com`"
)
_OTHER = "check the parameters RdsSandbox… of the stack; docs/troubleshooting.md has more"
_NETWORK = "check the network between the function and AWS; it will be tried again"


@contextmanager
def asking(what: str, action: str) -> Iterator[None]:
    """Turn failures into the errors of the port.

    what: failed, e.g. `server NAME cannot be made`.
    action: that IAM has to allow, e.g. `rds:CreateDBInstance`.
    """
    try:
        yield
    except ERRORS as error:
        raise _refusal(f"{what}: {described(error)}", error, action) from None


def _refusal(message: str, error: S3Error, action: str) -> SandboxError:
    code = code_of(error)
    if code in _LATER:
        return NoCapacityError(message, _LATER[code])
    if code in _NEVER:
        return TaskRefusedError(message, _NEVER[code])
    if "service linked role" in message.lower():
        return TaskRefusedError(message, _SERVICE_ROLE)
    failure = failure_of(error)
    if failure is Failure.UNREACHABLE:
        return TasksUnreachableError(message, _NETWORK)
    if failure is Failure.REFUSED:
        return TaskRefusedError(
            message, f"allow {action} in the role of the function that orchestrates drills"
        )
    return TaskRefusedError(message, _OTHER)
