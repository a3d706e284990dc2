"""Names that other programs rely on stand in the documentation, each of them."""

import pytest

from scims_backup.cli.catalogue import commands
from scims_backup.domain.events import Kind
from tests.support.cli_schemas import schemas
from tests.support.pages import ROOT


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("page", ["events.md", "alerts.md"])
def test_every_kind_of_event_is_documented(page, kind):
    rows = [line for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| ")]
    assert any(f"`{kind}`" in row.split(" | ")[0] for row in rows)


@pytest.mark.parametrize("command", [entry.name for entry in commands])
def test_every_command_has_a_schema_of_its_json(command):
    assert command in schemas()
