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
