"""The copy of a template that can be deployed here: only where its artefacts lie differs."""

import difflib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from awscli.customizations.cloudformation.yamlhelper import (  # type: ignore[import-untyped]
    yaml_dump,
    yaml_parse,
)

_BUILT = ("DockerTag", "DockerContext", "Dockerfile", "DockerBuildArgs", "DockerBuildTarget", "BuildMethod")
"""What only tells how to build an artefact."""


def read_template(path: Path) -> dict[str, Any]:
    """Read a template; its short intrinsics become long ones."""
    template: dict[str, Any] = yaml_parse(path.read_text())
    return template


def derived(template: Mapping[str, Any], image: str, put: Callable[[str, str], str]) -> dict[str, Any]:
    """Return the copy.

    image: the URI of every image. put: stores an artefact, given its kind ('function' or 'layer') and the
    folder that the template names for it, and returns where, e.g. s3://bucket/key.
    """
    # one by one: what the template says once for several, under an anchor, is one object
    resources = OrderedDict((name, deepcopy(one)) for name, one in template["Resources"].items())
    for resource in resources.values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::Serverless::Function" if properties.get("PackageType") == "Image":
                properties["ImageUri"] = image
            case "AWS::Serverless::Function" if "CodeUri" in properties:
                properties["CodeUri"] = put("function", properties["CodeUri"])
            case "AWS::Serverless::LayerVersion":
                properties["ContentUri"] = put("layer", properties["ContentUri"])
            case _:
                continue
        _forget_building(resource)
    return OrderedDict({**template, "Resources": resources})


def as_text(template: Mapping[str, Any]) -> str:
    """Write a template."""
    text: str = yaml_dump(template)
    return text


def difference(template: Mapping[str, Any], copy: Mapping[str, Any]) -> str:
    """Say in which lines a copy differs from its template."""
    before, after = (as_text(each).splitlines(keepends=True) for each in (template, copy))
    return "".join(difflib.unified_diff(before, after, "template", "deployed here", n=1))


def _forget_building(resource: dict[str, Any]) -> None:
    metadata = resource.get("Metadata", {})
    for name in _BUILT:
        metadata.pop(name, None)
    if not metadata:
        resource.pop("Metadata", None)
