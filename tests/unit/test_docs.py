"""The documentation's links lead somewhere, and its commands are commands."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from scims_backup.cli.catalogue import commands
from scims_backup.cli.main import _request
from scims_backup.cli.request import Request
from tests.support.pages import PAGES, ROOT, blocks

_LINK = re.compile(
    r"\[(?:[Dd]ecision (?P<number>\d+)|[^\]]*)\]"
    r"\((?!https?:|mailto:)(?P<file>[^)#]*)(?:#(?P<anchor>[^)]*))?\)"
)
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|[\s/`])scims-backup (?P<rest>[a-z][^\n`]*)", re.MULTILINE)
_INLINE = re.compile(r"`(scims-backup [a-z][^`\n]*)`")
_AFTER = re.compile(r"\s+(?:#|>|\||&&).*")


def _anchors(text):
    """How GitHub makes anchors of headings: lower case, no punctuation, hyphens for spaces."""
    headings = (re.sub(r"[`*]", "", match["text"]).lower() for match in _HEADING.finditer(text))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def _commands(page):
    typed = [*blocks(page, "", "sh", "console", "ini"), *_INLINE.findall(page.read_text())]
    for text in typed:
        for match in _COMMAND.finditer(text):
            yield _AFTER.sub("", match["rest"])


LINKS = [(page, match) for page in PAGES for match in _LINK.finditer(page.read_text())]
COMMANDS = [(page, command) for page in PAGES for command in _commands(page)]


@pytest.mark.parametrize(("page", "link"), LINKS, ids=lambda value: getattr(value, "name", None))
def test_every_link_leads_to_a_file_and_a_heading(page, link):
    target = (page.parent / link["file"]).resolve() if link["file"] else page
    assert target.exists(), f"{page.relative_to(ROOT)} links to {link['file']}"
    if link["anchor"]:
        assert link["anchor"] in _anchors(target.read_text()), f"{link['file']} has no #{link['anchor']}"


NUMBERED = [(page, link) for page, link in LINKS if link["number"]]


@pytest.mark.parametrize(("page", "link"), NUMBERED, ids=lambda value: getattr(value, "name", None))
def test_a_decision_that_is_named_by_its_number_is_the_one_that_is_linked(page, link):
    wanted = f"{int(link['number']):04}-"
    assert Path(link["file"]).name.startswith(wanted), f"{page.relative_to(ROOT)} links to {link['file']}"


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=lambda value: str(getattr(value, "name", value)))
def test_every_command_is_understood(page, command):
    assert isinstance(_request(shlex.split(command)), Request), f"{page.relative_to(ROOT)}: {command}"


def test_links_and_commands_of_the_pages_are_found():
    decisions = ROOT / "docs/decisions"
    listed = {link["file"] for page, link in LINKS if page == decisions / "README.md"}
    assert {file for file in listed if file[0].isdigit()} == {page.name for page in decisions.glob("0*.md")}
    assert {command.split()[0] for _, command in COMMANDS} == {entry.name for entry in commands}


ARCHITECTURE = ROOT / "docs/architecture.md"
PACKAGE = ROOT / "layers/core/scims_backup"


def _tree(block):
    """Paths of a drawn folder tree: an entry's indentation is its depth, what follows two spaces a remark."""
    above: list[str] = []
    for line in block.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        above[depth:] = [line.split()[0]]
        yield "".join(above)


DRAWN = [path for text in blocks(ARCHITECTURE, "") if text.startswith("layers/") for path in _tree(text)]
NAMED = re.findall(r"`((?:[a-z_]+/)*[a-z_]+(?:\.py|/))`", ARCHITECTURE.read_text())


@pytest.mark.parametrize("path", DRAWN)
def test_every_place_that_the_folder_tree_shows_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", sorted(set(NAMED)))
def test_every_module_that_the_architecture_names_is_there(path):
    assert (PACKAGE / path).exists() or (ROOT / path).exists()


def test_the_folder_tree_shows_every_folder_of_the_package():
    shallow = [path for path in PACKAGE.glob("*/*/__init__.py") if path.parts[-3] not in {"cli", "runtime"}]
    folders = {
        path.parent.relative_to(ROOT).as_posix() + "/" for path in [*PACKAGE.glob("*/__init__.py"), *shallow]
    }
    assert folders <= set(DRAWN)


PLAIN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "localcloud/README.md", *ROOT.glob("docs/*.md")]
_NOT_PLAIN = re.compile(
    r"\b(tells?|told|whoever|by name|so many|what is so|anew|gives? back|gave back|somebody"
    r"|go(?:es)? wrong|(?:is|are) to be)\b"
)
_CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PLAIN, ids=lambda page: page.name)
def test_no_page_has_the_phrases_that_nobody_says_to_a_colleague(page):
    assert _NOT_PLAIN.findall(_CODE.sub("", page.read_text())) == []


@cache
def _said():
    """All texts of the package and its handlers; what they fill in is an ellipsis."""
    parts = []
    for path in [*PACKAGE.rglob("*.py"), *ROOT.glob("functions/*/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                filled = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                parts.append("".join(filled))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                parts.append(node.value)
    return "\n".join(parts)


OTHERS_SAY = {"unrecognized configuration parameter"}
_SEEN = re.compile(r"^\| ([^|]+) \|[^|]+\|[^|]+\|$", re.MULTILINE)
QUOTED = [
    quoted
    for seen in _SEEN.findall((ROOT / "docs/troubleshooting.md").read_text())
    for quoted in re.findall(r"`([^`]*)`", seen)
    if " " in quoted and quoted not in OTHERS_SAY
]


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_troubleshooting_quotes_is_what_the_program_says(quoted):
    assert [part for part in quoted.split("…") if part.strip(" .") not in _said()] == []


def test_troubleshooting_does_quote():
    assert len(QUOTED) > 5
