"""Clients for AWS's services and what speaks like them, made from the environment of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, CredentialRetrievalError

from scims_backup.adapters.aws.access import OWN, Access, region_of
from scims_backup.adapters.s3.s3_errors import described
from scims_backup.domain.errors import OperationFailedError, UsageError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session as Core

_ATTEMPTS = 5
"""Of every request, with waits of up to 1, 2, 4 and 8 s; AWS_MAX_ATTEMPTS overrides it."""
_CONNECT_TIMEOUT = 10
_READ_TIMEOUT = 60
"""Seconds without a single byte, which is what AWS's own tools wait too."""
_CONNECTIONS = 20
"""Kept open for threads that share the client; beyond that number, every request would have to reconnect."""


def new_client(service: str, access: Access = OWN) -> BaseClient:
    """Make a client, which threads may share, from AWS_* variables and AWS's configuration files.

    Nothing is requested, except credentials that only the machine's metadata service knows. botocore itself
    addresses a configured endpoint by path, and takes us-east-1 where no region is given.

    service: boto3's name of it, e.g. `s3`.
    access: what differs from these.

    Raise UsageError if the configuration is wrong, OperationFailedError if credentials cannot be fetched.
    """
    name = service.upper()
    try:
        return _made_client(service, access)
    except (CredentialRetrievalError, OSError) as error:  # the latter for a program that is not there
        raise OperationFailedError(
            f"cannot get credentials for {name}: {described(error)}",
            "check how AWS credentials are provided",
        ) from None
    except (BotoCoreError, ValueError) as error:  # the latter for an endpoint that is no URL
        raise UsageError(
            f"cannot make a client for {name}: {described(error)}",
            "check the variables AWS_* and the AWS configuration files",
        ) from None


def _made_client(service: str, access: Access) -> BaseClient:
    core = access.session()
    session = Session(botocore_session=core)
    made = session.client(  # type: ignore[call-overload]
        service,
        region_name=access.region or region_of(core),
        endpoint_url=access.endpoint,
        config=_config(core),
    )
    return cast("BaseClient", made)


def _config(core: Core) -> Config:
    attempts = int(core.get_config_variable("max_attempts") or _ATTEMPTS)
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        max_pool_connections=_CONNECTIONS,
        tcp_keepalive=True,
    )
