"""Clients for AWS's services and what speaks like them, made from the environment of the process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import botocore.session
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, CredentialRetrievalError

from scims_backup.adapters.s3.failures import described
from scims_backup.domain.errors import OperationFailedError, UsageError

if TYPE_CHECKING:
    from botocore.client import BaseClient

_ATTEMPTS = 5
"""Of every request, with waits of up to 1, 2, 4 and 8 s; AWS_MAX_ATTEMPTS overrides it."""
_CONNECT_TIMEOUT = 10
_READ_TIMEOUT = 60
"""Seconds without a single byte, which is what AWS's own tools wait too."""
_CONNECTIONS = 20
"""Kept open for threads that share the client; beyond it, every request would have to connect anew."""


def new_client(service: str, endpoint: str | None = None, region: str | None = None) -> BaseClient:
    """Make a client, which threads may share, from AWS_* variables and AWS's configuration files.

    service: boto3's name of it, e.g. `s3`; endpoint, region: in place of those of the environment. Nothing
    is asked; credentials that only the machine's metadata service knows are fetched. botocore itself
    addresses a configured endpoint by path, and takes us-east-1 where no region is given.
    Raise UsageError if the configuration is wrong, OperationFailedError if credentials cannot be fetched.
    """
    name = service.upper()
    where = {"endpoint": endpoint, "region": region}
    try:
        return _made_client(service, **{name: value for name, value in where.items() if value})
    except (CredentialRetrievalError, OSError) as error:  # the latter for a program that is not there
        raise OperationFailedError(
            f"cannot get credentials for {name}: {described(error)}",
            "check how AWS's credentials are provided",
        ) from None
    except (BotoCoreError, ValueError) as error:  # the latter for an endpoint that is no URL
        raise UsageError(
            f"cannot make a client for {name}: {described(error)}",
            "check the variables AWS_* and AWS's configuration files",
        ) from None


def _made_client(service: str, endpoint: str | None = None, region: str | None = None) -> BaseClient:
    core = botocore.session.get_session()
    region = region or core.get_config_variable("region") or os.environ.get("AWS_REGION")
    session = Session(botocore_session=core)
    made = session.client(  # type: ignore[call-overload]
        service, region_name=region, endpoint_url=endpoint, config=_config(core)
    )
    return cast("BaseClient", made)


def _config(core: botocore.session.Session) -> Config:
    attempts = int(core.get_config_variable("max_attempts") or _ATTEMPTS)
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        max_pool_connections=_CONNECTIONS,
        tcp_keepalive=True,
    )
