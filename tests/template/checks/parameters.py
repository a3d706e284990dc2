"""Parameters: what a person reads and can get wrong."""

from __future__ import annotations

import json
import re

from tests.template.support.loading import Template
from tests.template.support.rules import refused_by

_PASTED = {
    *("SourceName", "SourceSecretArn", "ApplicationRole", "RetentionTimeZone", "Quota", "S3Endpoint"),
    *("CatalogBucketName", "VaultBucketName", "VaultPasswordArn", "VaultEscrowArn", "EncryptionKeyArn"),
    *("RestoreSecretArn", "CopyRoleArn", "CopyExternalId", "CopyRegion", "CopyCatalogBucket"),
    *("CopyVaultBucket", "CopyVaultSecretArn"),
}
"""Texts that go into the settings document."""

_BREAKING = ('"', "'", "\\", "\n", "${AWS::Region}", "#", "x\ny")


def check_every_parameter_is_described(source: Template) -> list[str]:
    """A sentence, in a group of the console, once."""
    parameters = source["Parameters"]
    groups = source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    problems = [
        f"{name} has no description"
        for name, parameter in parameters.items()
        if len(parameter.get("Description", "")) < 20 or not parameter["Description"].endswith(".")
    ]
    if sorted(grouped) != sorted(parameters):
        problems.append(f"not once in a group: {sorted(set(grouped) ^ set(parameters))}")
    return problems


def check_every_parameter_is_used(source: Template) -> list[str]:
    """A parameter that does nothing is a promise that is not kept."""
    places = ("Rules", "Conditions", "Globals", "Resources", "Outputs")
    text = json.dumps({name: source[name] for name in places})
    return [
        f"{name} does nothing"
        for name in source["Parameters"]
        if f'{{"Ref": "{name}"}}' not in text and f"${{{name}}}" not in text
    ]


def check_parameters_cannot_break_the_settings(source: Template) -> list[str]:
    """What is pasted into the settings document can hold nothing that ends a text there."""
    problems = []
    for name, parameter in source["Parameters"].items():
        if parameter["Type"] == "Number" or "AllowedValues" in parameter:
            continue
        pattern = parameter.get("AllowedPattern", "")
        if name in _PASTED and not (pattern.startswith("^") and pattern.endswith("$")):
            problems.append(f"{name} takes anything")
        breaking = _BREAKING if name in _PASTED else ()
        problems += [f"{name} takes {text!r}" for text in breaking if re.fullmatch(pattern, text)]
    return problems


def check_numbers_have_bounds(source: Template) -> list[str]:
    """From, to, or a list; and the default is within."""
    problems = []
    for name, parameter in source["Parameters"].items():
        if parameter["Type"] != "Number":
            continue
        allowed = parameter.get("AllowedValues")
        low, high = parameter.get("MinValue"), parameter.get("MaxValue")
        if allowed is None and (low is None or high is None):
            problems.append(f"{name} has no bounds")
        elif parameter["Default"] not in (allowed or range(low, high + 1)):
            problems.append(f"the default of {name} is not allowed")
    return problems


FARGATE = {
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
"""Memory in MiB that goes with each processor, by AWS's documentation."""


def check_fargate_sizes_are_sold(source: Template) -> list[str]:
    """Each pair of processor and memory that a rule lets through is one that Fargate has."""
    problems = []
    memories = source["Parameters"]["DrillMemory"]["AllowedValues"]
    for cpu in source["Parameters"]["DrillCpu"]["AllowedValues"]:
        chosen = [{"DrillCpu": str(cpu), "DrillMemory": str(memory)} for memory in memories]
        let_through = [int(one["DrillMemory"]) for one in chosen if not refused_by(source, one, [])]
        problems += [
            f"{cpu} with {memory} is not sold" for memory in let_through if memory not in FARGATE[cpu]
        ]
        if not let_through:
            problems.append(f"no memory goes with {cpu}")
    return problems
