"""The JSON schemas of docs/cli.md, so that what is documented is what is tested."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"
_BLOCK = re.compile(r"^```json schema=(?P<names>[a-z,]+)\n(?P<schema>.*?)^```$", re.MULTILINE | re.DOTALL)


def schemas() -> dict[str, dict[str, Any]]:
    """Return command → schema; `error` is for every command that came to no result."""
    return {
        name: json.loads(block["schema"])
        for block in _BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8"))
        for name in block["names"].split(",")
    }


def check(name: str, document: object) -> None:
    """Fail if a document does not meet the schema of that name."""
    schema = schemas()[name]
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(document)
