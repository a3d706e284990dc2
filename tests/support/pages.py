"""The documentation's pages, as tests read them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_BLOCK = re.compile(r"^ *```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *languages: str) -> list[str]:
    """Return a page's code blocks of some languages, in order."""
    found = _BLOCK.finditer(page.read_text())
    return [block["text"] for block in found if block["language"] in languages]


def sections(page: Path, *languages: str) -> dict[str, list[str]]:
    """Return the code blocks of some languages by the title of their section, of sections that have some."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", page.read_text(), flags=re.MULTILINE):
        title, _, body = part.partition("\n")
        of_section = [block["text"] for block in _BLOCK.finditer(body) if block["language"] in languages]
        if of_section:
            found[title] = of_section
    return found
