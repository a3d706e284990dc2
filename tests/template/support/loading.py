"""template.yaml as it is written, and as SAM makes it before CloudFormation sees it."""

from __future__ import annotations

import copy
import os
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "template.yaml"
REGION = "eu-central-1"
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/scims-backup:0123456789ab"

Template = dict[str, Any]

_SHORT = {"Ref": "Ref", "Condition": "Condition"}


class _Loader(yaml.SafeLoader):
    """Reads `!Sub x` as CloudFormation does: `{"Fn::Sub": x}`."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = _SHORT.get(tag, f"Fn::{tag}")
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: str(text).split(".", 1) if tag == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def read(path: Path) -> Any:
    """Read a template as it is written, its short intrinsics made long."""
    return yaml.load(path.read_text(), _Loader)  # noqa: S506  a SafeLoader


def source(path: Path = TEMPLATE) -> Template:
    """Return a template, template.yaml unless another is named, as it is written: a copy of one's own."""
    # Aliases are one object each: copied apart, so that a change in one place is not one in all
    copied: Template = _apart(_written(path))
    return copied


@cache
def _written(path: Path) -> Any:
    return read(path)


def _apart(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _apart(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_apart(item) for item in value]
    return value


class _NoManagedPolicies:
    """None of ours are AWS's: every role is written out."""

    def load(self) -> dict[str, str]:
        return {}


def transformed(template: Template) -> Template:
    """Return what CloudFormation gets of a template: SAM's resources made into its own."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        _give_artefacts(resource)
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": REGION}):
        made: Template = transform(template, {}, _NoManagedPolicies())
    return made


def _give_artefacts(resource: Template) -> None:
    """Do what `sam build` and `sam deploy` do with code: put the places of what was built."""
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::Serverless::LayerVersion":
        properties["ContentUri"] = "s3://artefacts/layer"
    elif resource["Type"] == "AWS::Serverless::Function" and properties.get("PackageType") == "Image":
        properties["ImageUri"] = IMAGE
    elif resource["Type"] == "AWS::Serverless::Function":
        properties["CodeUri"] = f"s3://artefacts/{properties['CodeUri']}"
