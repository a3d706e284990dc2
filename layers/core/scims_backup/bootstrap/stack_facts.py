"""What the function asks that answers the stack's template; it needs nothing but boto3."""

from __future__ import annotations

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.stacks.deployed import AwsStackFacts
from scims_backup.ports.stacks import StackFacts


def stack_facts() -> StackFacts:
    """Return what knows the facts, by the credentials of the process."""
    return AwsStackFacts(new_client)
