"""Answers a deployment: which image the tasks run, and whether a password can be the vault's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from scims_backup.bootstrap.stack_facts import stack_facts
from scims_backup.domain.errors import UsageError
from scims_backup.handling import stack_resources
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.usecases.stored.vault_password import PasswordedVault, refuse_younger_password

SERVICE = "task-image"


def handler(event: Mapping[str, Any], context: Context) -> Outcome:
    """Answer CloudFormation with what a resource of the template asks for, or with why there is no answer."""
    return stack_resources.provide(event, context, partial(_attributes, event, context))


def _attributes(event: Mapping[str, Any], context: Context) -> stack_resources.Attributes:
    attributes: stack_resources.Attributes = run(SERVICE, context, partial(_provided, event))["attributes"]
    return attributes


def _provided(event: Mapping[str, Any], _this: Run) -> Outcome:
    asked = partial(stack_resources.property_of, event)
    match event["ResourceType"]:
        case "Custom::TaskImage":
            return outcome(Result.FOUND, attributes={"Uri": stack_facts().image(asked("FunctionVersion"))})
        case "Custom::VaultPasswordFits":
            vault = PasswordedVault(asked("PasswordArn"), asked("Bucket"), asked("Repository"))
            refuse_younger_password(vault, stack_facts())
            return outcome(Result.FITS, attributes={})
        case other:
            raise UsageError(f"{other} is not known", "deploy template.yaml as it is")
