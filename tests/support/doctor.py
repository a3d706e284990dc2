"""Running `doctor` in this process, so that a test can plant what it is to find, and what it said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from scims_backup.cli.main import run
from tests.support import cli_schemas


@dataclass(frozen=True)
class Diagnosis:
    """What doctor said. checks: as in its JSON."""

    code: int
    document: Mapping[str, Any]

    @property
    def checks(self) -> list[dict[str, str]]:
        """Every check."""
        found: list[dict[str, str]] = self.document["checks"]
        return found

    def of(self, check: str) -> list[dict[str, str]]:
        """What it said of one check."""
        return [one for one in self.checks if one["check"] == check]

    def ended(self, state: str) -> set[str]:
        """The checks that ended so."""
        return {one["check"] for one in self.checks if one["state"] == state}

    def found(self, check: str, message: str, cure: str) -> bool:
        """Say whether a check told of this problem, and of this cure."""
        told = [one for one in self.of(check) if one["state"] == "problem"]
        return any(message in f"{one['what']}: {one['message']}" and cure in one["cure"] for one in told)


def examined(
    capsys: pytest.CaptureFixture[str], environment: Mapping[str, str], *arguments: str
) -> Diagnosis:
    """Run doctor; its JSON meets the documented schema, and its exit code what it found."""
    code = run(["doctor", "--json", *arguments], environment)
    out, _ = capsys.readouterr()
    document = json.loads(out)
    cli_schemas.check("doctor", document)
    diagnosis = Diagnosis(code, document)
    assert code == (1 if diagnosis.ended("problem") else 0)
    return diagnosis
